"""Zones, ports and images of what runs: a cluster that keeps its promises passes, and each broken one is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cloud import judge

COMMIT, DIGEST, IMAGE_ID = "c" * 40, f"sha256:{'d' * 64}", f"sha256:{'1' * 64}"
REFERENCE = f"portcullis.local/hash:{COMMIT}@{DIGEST}"
PULLED = f"portcullis.local/hash@{DIGEST}"


def pod(name: str, node: str = "n1", image: str = REFERENCE, pulled: str = PULLED) -> dict[str, Any]:
    spec = {"nodeName": node, "containers": [{"name": "hash", "image": image}]}
    return {"metadata": {"name": name}, "spec": spec, "status": {"containerStatuses": [{"imageID": pulled}]}}


def node(name: str, zone: str | None) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": zone} if zone else {}}}


NODES = [node("n1", "a"), node("n2", "b"), node("n3", None)]


def test_pods_are_counted_by_the_zone_of_their_node() -> None:
    pods = [pod("p1", "n1"), pod("p2", "n2"), pod("p3", "n2"), pod("p4", "n3"), pod("p5", "gone")]
    assert judge.zones([*pods, {"metadata": {"name": "p6"}, "spec": {}}], NODES) == {"a": 1, "b": 2, "": 3}


@given(st.integers(0, 20), st.integers(0, 20))
def test_a_spread_is_right_when_no_zone_is_empty_and_none_has_two_more(a: int, b: int) -> None:
    assert (judge.spread({"a": a, "b": b}) == []) == (a > 0 and b > 0 and abs(a - b) <= 1)


@pytest.mark.parametrize(
    ("counted", "faults"),
    [
        ({"a": 2}, ["zone b has no pod", "zones have [2, 0] pods, a difference of more than 1"]),
        ({}, ["zone a has no pod", "zone b has no pod"]),
        ({"a": 1, "b": 1, "": 1}, ["1 pods are in no zone of the cluster (none)"]),
        ({"a": 1, "b": 1, "c": 2}, ["2 pods are in no zone of the cluster (c)"]),
    ],
)
def test_what_is_wrong_with_a_spread_is_said(counted: dict[str, int], faults: list[str]) -> None:
    assert judge.spread(counted) == faults


def service(**spec: object) -> dict[str, Any]:
    return {"metadata": {"name": "hash"}, "spec": {"type": "ClusterIP", "ports": [{"port": 80}], **spec}}


@pytest.mark.parametrize(
    ("services", "faults"),
    [
        ([service()], []),
        ([], ["there is no Service"]),
        (
            [service(type="NodePort", ports=[{"port": 80, "nodePort": 30080}])],
            ["Service hash is a NodePort", "Service hash has node port 30080"],
        ),
        ([service(type="LoadBalancer")], ["Service hash is a LoadBalancer"]),
        ([service(externalIPs=["10.0.0.2"])], ["Service hash has external address 10.0.0.2"]),
    ],
)
def test_whatever_opens_a_port_beside_the_ingress_is_named(services: list[dict[str, Any]], faults: list[str]) -> None:
    assert judge.ports(services) == faults


@pytest.mark.parametrize(
    ("pods", "faults"),
    [
        ([pod("p1"), pod("p2")], []),
        ([], ["no pod runs"]),
        ([pod("p1", pulled=f"portcullis.local/hash@sha256:{'0' * 64}")], ["runs"]),
        ([pod("p1", pulled=f"elsewhere.example/hash@{DIGEST}")], ["runs"]),
        ([pod("p1", pulled=DIGEST)], ["runs"]),
        ([pod("p1", image=f"portcullis.local/hash:{COMMIT}")], ["wants"]),
        ([{**pod("p1"), "status": {}}], ["has no running container"]),
    ],
)
def test_a_pod_runs_exactly_what_was_pushed(pods: list[dict[str, Any]], faults: list[str]) -> None:
    found = judge.images(pods, REFERENCE, DIGEST)
    assert len(found) == len(faults)
    assert all(fault in line for fault, line in zip(faults, found, strict=True))


def test_the_registry_has_the_tested_image_or_the_difference_is_told() -> None:
    manifest = {"config": {"digest": IMAGE_ID}, "layers": [{}, {}]}
    configuration = {"rootfs": {"diff_ids": ["sha256:1", "sha256:2"]}}
    assert judge.pushed(manifest, configuration, IMAGE_ID) == []
    assert judge.pushed(manifest, configuration, DIGEST) == [f"its configuration is {IMAGE_ID}, tested was {DIGEST}"]
    assert judge.pushed({**manifest, "layers": [{}]}, configuration, IMAGE_ID) == ["it has 1 layers, its configuration lists 2"]
    assert judge.pushed({}, {}, IMAGE_ID) == [
        f"its configuration is None, tested was {IMAGE_ID}",
        "it has 0 layers, its configuration lists 0",
    ]
