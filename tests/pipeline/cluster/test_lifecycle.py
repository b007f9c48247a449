"""What is done about a cluster, whatever is found."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cluster import lifecycle
from pipeline.cluster.lifecycle import Mark, Seen

GOOD = Seen("c1", running=True, mark=Mark("c1", "f"), healthy=True)


@pytest.mark.parametrize(
    ("seen", "action", "why"),
    [
        (GOOD, "keep", "it runs as declared"),
        (Seen("", running=False, mark=None, healthy=False), "create", "there is none"),
        (Seen("", running=False, mark=Mark("c1", "f"), healthy=False), "create", "there is none"),
        (replace(GOOD, mark=None), "replace", "the one there was never completed"),
        (replace(GOOD, container="c2"), "replace", "the one there was never completed"),
        (replace(GOOD, mark=Mark("c1", "other")), "replace", "the one there was made with other settings"),
        (replace(GOOD, running=False, healthy=False), "resume", "it is stopped"),
        (replace(GOOD, healthy=False), "resume", "it does not answer"),
    ],
)
def test_each_state_has_its_remedy(seen: Seen, action: str, why: str) -> None:
    assert lifecycle.decide(seen, "f") == (action, why)


marks = st.none() | st.builds(Mark, st.sampled_from(["c1", "c2"]), st.sampled_from(["f", "g"]))


@given(st.builds(Seen, st.sampled_from(["", "c1"]), st.booleans(), marks, st.booleans()))
def test_only_a_complete_healthy_cluster_of_these_very_settings_is_kept(seen: Seen) -> None:
    action, _ = lifecycle.decide(seen, "f")
    assert (action == "keep") == (seen.container != "" and seen.running and seen.healthy and seen.mark == Mark(seen.container, "f"))


def item(name: str, kind: str = "Ready", status: str = "True") -> dict[str, Any]:
    return {"metadata": {"name": name}, "status": {"conditions": [{"type": kind, "status": status}]}}


PODS = [item(f"{name}-x") for name in ("coredns", "kube-router", "kube-proxy", "metrics-server")]
SERVICES = [item("v1beta1.metrics.k8s.io", "Available")]


def test_a_cluster_with_every_part_ready_has_no_faults() -> None:
    assert lifecycle.judge([item("node")], PODS, SERVICES) == []


@pytest.mark.parametrize("missing", range(4))
def test_a_missing_part_is_named(missing: int) -> None:
    pods = [pod for number, pod in enumerate(PODS) if number != missing]
    (fault,) = lifecycle.judge([item("node")], pods, SERVICES)
    assert fault == f"{PODS[missing]['metadata']['name'].removesuffix('-x')} has no pod"


def test_whatever_is_not_ready_is_named() -> None:
    found = lifecycle.judge(
        [item("node", status="False")], [*PODS, {"metadata": {"name": "etcd"}}], [item("v1beta1.metrics.k8s.io", "Available", "Unknown")]
    )
    assert found == ["node node is not ready", "pod etcd is not ready", "v1beta1.metrics.k8s.io is not available"]
