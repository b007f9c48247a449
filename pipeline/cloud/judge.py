"""Whether what runs in the second cluster is what a cloud is promised: spread over zones, reached one way only, pulled by digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.cloud.spec import ZONE_LABEL, ZONES

Objects = Sequence[Mapping[str, Any]]


def zones(pods: Objects, nodes: Objects) -> Counter[str]:
    """How many pods each zone has; a pod on no node, or on one without a zone, counts for the zone without a name."""
    known = {each["metadata"]["name"]: each["metadata"].get("labels", {}).get(ZONE_LABEL, "") for each in nodes}
    return Counter(known.get(pod["spec"].get("nodeName", ""), "") for pod in pods)


def spread(counted: Mapping[str, int]) -> list[str]:
    """What is wrong with a spread: every zone has pods, no other place has any, and no zone has two more than another."""
    faults = [f"zone {zone} has no pod" for zone in ZONES if not counted.get(zone)]
    faults += [f"{count} pods are in no zone of the cluster ({zone or 'none'})" for zone, count in counted.items() if zone not in ZONES]
    numbers = [counted.get(zone, 0) for zone in ZONES]
    return faults + ([f"zones have {numbers} pods, a difference of more than 1"] if max(numbers) - min(numbers) > 1 else [])


def ports(services: Objects) -> list[str]:
    """What opens a port of the nodes: a Service of another type than ClusterIP, or with a port of the nodes. None at all is a fault too."""
    faults = [] if services else ["there is no Service"]
    for each in services:
        name, spec = each["metadata"]["name"], each["spec"]
        if spec.get("type") != "ClusterIP":
            faults.append(f"Service {name} is a {spec.get('type')}")
        faults += [f"Service {name} has node port {port['nodePort']}" for port in spec["ports"] if port.get("nodePort")]
        faults += [f"Service {name} has external address {address}" for address in spec.get("externalIPs", [])]
    return faults


def images(pods: Objects, reference: str, digest: str) -> list[str]:
    """Which containers run anything but this reference, or pulled anything but this digest from the reference's repository."""
    wanted = f"{reference.partition('@')[0].rpartition(':')[0]}@{digest}"
    faults = [] if pods else ["no pod runs"]
    for pod in pods:
        name, states = pod["metadata"]["name"], pod.get("status", {}).get("containerStatuses", [])
        faults += [f"{name} has no running container"] if not states else []
        faults += [
            f"{name} wants {each['image']}, expected {reference}" for each in pod["spec"]["containers"] if each["image"] != reference
        ]
        faults += [f"{name} runs {each['imageID']}, expected {wanted}" for each in states if each["imageID"] != wanted]
    return faults


def pushed(manifest: Mapping[str, Any], configuration: Mapping[str, Any], image_id: str) -> list[str]:
    """What differs between an image in the registry and the tested one, whose ID is the digest of its configuration."""
    found = manifest.get("config", {}).get("digest")
    faults = [] if found == image_id else [f"its configuration is {found}, tested was {image_id}"]
    layers, listed = len(manifest.get("layers", [])), len(configuration.get("rootfs", {}).get("diff_ids", []))
    return faults + ([] if layers == listed and layers else [f"it has {layers} layers, its configuration lists {listed}"])
