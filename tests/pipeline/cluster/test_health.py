"""What keeps a cluster from being healthy."""

from typing import Any

import pytest

from pipeline.cluster import health


def item(name: str, kind: str = "Ready", status: str = "True") -> dict[str, Any]:
    return {"metadata": {"name": name}, "status": {"conditions": [{"type": kind, "status": status}]}}


PODS = [item(f"{name}-x") for name in ("coredns", "kube-router", "kube-proxy", "metrics-server")]
SERVICES = [item("v1beta1.metrics.k8s.io", "Available")]


def test_a_cluster_with_every_part_ready_has_no_faults() -> None:
    assert health.judge([item("node")], PODS, SERVICES) == []


@pytest.mark.parametrize("missing", range(4))
def test_a_missing_part_is_named(missing: int) -> None:
    pods = [pod for number, pod in enumerate(PODS) if number != missing]
    (fault,) = health.judge([item("node")], pods, SERVICES)
    assert fault == f"{PODS[missing]['metadata']['name'].removesuffix('-x')} has no pod"


def test_whatever_is_not_ready_is_named() -> None:
    found = health.judge(
        [item("node", status="False")], [*PODS, {"metadata": {"name": "etcd"}}], [item("v1beta1.metrics.k8s.io", "Available", "Unknown")]
    )
    assert found == ["node node is not ready", "pod etcd is not ready", "v1beta1.metrics.k8s.io is not available"]
