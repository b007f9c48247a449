"""What the second cluster is: names, addresses and arguments, all of them other than the main cluster's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.cluster.spec import common
from pipeline.errors import ClusterError
from pipeline.workspace import Workspace

HOST = "hash.example.com"
ZONES = ("a", "b")
ZONE_LABEL = "topology.kubernetes.io/zone"
SERVICES, PODS = "10.120.0.0/16", "10.245.0.0/16"
REGISTRY_PORT = 5000
# Docker hands out a network's addresses from below; the nodes take the first two.
_REGISTRY_ADDRESS = 250
_MAIN_SERVICES = "--service-cluster-ip-range=10.96.0.0/12"
_NODE_MEMORY_MB, _NODE_CPUS = 2500, 2


@dataclass(frozen=True)
class Node:
    """A node of the second cluster: its name, which is its container's too, its address, its pods' range and its zone."""

    name: str
    address: str
    pods: str
    zone: str


def second(place: Workspace) -> Workspace:
    """The second cluster of a clone: names, network and state of its own, beside the first one's."""
    instance = hashlib.sha256(f"{place.instance}/cloud".encode()).hexdigest()[:8]
    return replace(place, state=place.state / "cloud", instance=instance)


def registry_address(subnet: str) -> str:
    """Where the registry is in a node network."""
    return subnet.replace(".0/24", f".{_REGISTRY_ADDRESS}")


def arguments(place: Workspace, node_image: str, cni: Path, *, upstream: bool) -> list[str]:
    """The arguments of `minikube start` for the second cluster of two nodes."""
    return [
        *common(place, node_image, cni, upstream=upstream),
        f"--nodes={len(ZONES)}",
        f"--service-cluster-ip-range={SERVICES}",
        f"--extra-config=kubeadm.pod-network-cidr={PODS}",
        f"--memory={_NODE_MEMORY_MB}mb",
        f"--cpus={_NODE_CPUS}",
    ]


def policies(manifest: str) -> str:
    """The main cluster's kube-router for this cluster's Services. Raises `ClusterError` when the manifest no longer says theirs."""
    if _MAIN_SERVICES not in manifest:
        raise ClusterError(f"cluster/addons/kube-router.yaml lacks {_MAIN_SERVICES}", fix="correct pipeline/cloud/spec.py")
    return manifest.replace(_MAIN_SERVICES, f"--service-cluster-ip-range={SERVICES}")


def nodes(listed: Sequence[Mapping[str, Any]]) -> list[Node]:
    """The nodes as the API shows them, each with its zone, in the order of their names. Raises `ClusterError` when they are not two."""
    found = [Node(each["metadata"]["name"], _address(each), each["spec"].get("podCIDR", ""), "") for each in listed]
    if len(found) != len(ZONES) or not all(each.pods for each in found):
        raise ClusterError(f"{len(found)} nodes with a range of pods, expected {len(ZONES)}", fix="read the stage's log")
    return [replace(each, zone=zone) for each, zone in zip(sorted(found, key=lambda each: each.name), ZONES, strict=True)]


def _address(listed: Mapping[str, Any]) -> str:
    return next(str(each["address"]) for each in listed["status"]["addresses"] if each["type"] == "InternalIP")


def bridge(node: Node) -> str:
    """The node's network configuration: a bridge with its own range of pods. The ways to the other nodes are routes, see `cluster`."""
    ranges = [[{"subnet": node.pods}]]
    plugin = {"type": "bridge", "bridge": "cni0", "isDefaultGateway": True, "hairpinMode": True}
    return json.dumps(
        {
            "cniVersion": "1.0.0",
            "name": "portcullis",
            "plugins": [
                plugin | {"ipam": {"type": "host-local", "ranges": ranges}},
                {"type": "portmap", "capabilities": {"portMappings": True}},
            ],
        }
    )


def trust(registry: str, address: str, authorization: str) -> str:
    """What containerd reads for the registry's name: where it is, the authority it is trusted by, and how to log in. Nothing without TLS.

    Source: https://github.com/containerd/containerd/blob/v2.2.1/docs/hosts.md
    """
    server = f"https://{address}:{REGISTRY_PORT}"
    lines = [
        f'server = "{server}"',
        f'[host."{server}"]',
        'capabilities = ["pull", "resolve"]',
        f'ca = "{trust_folder(registry)}/ca.crt"',
        f'[host."{server}".header]',
        f'Authorization = ["{authorization}"]',
    ]
    return "\n".join(lines) + "\n"


def trust_folder(registry: str) -> str:
    """The folder on a node that `trust` is for."""
    return f"/etc/containerd/certs.d/{registry}"
