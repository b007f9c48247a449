"""The pod that is tried, and when it counts as not coming up; trying one is proven on a real cluster."""

import copy
from typing import Any

import pytest

from pipeline import trial

PLANNED: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "hash", "namespace": "hash", "labels": {"app.kubernetes.io/name": "hash", "app.kubernetes.io/part-of": "p"}},
    "spec": {
        "selector": {"matchLabels": {"app.kubernetes.io/name": "hash"}},
        "template": {
            "metadata": {"labels": {"app.kubernetes.io/name": "hash", "app.kubernetes.io/part-of": "p"}, "annotations": {"id": "sha256:1"}},
            "spec": {"containers": [{"name": "hash", "image": "hash"}]},
        },
    },
}


def test_the_tried_pod_is_the_planned_one_under_a_name_that_no_service_selects() -> None:
    before = copy.deepcopy(PLANNED)
    made = trial.alone(PLANNED)
    labels = {"app.kubernetes.io/name": "hash-trial", "app.kubernetes.io/part-of": "p"}
    assert made["metadata"] == {"name": "hash-trial", "namespace": "hash", "labels": labels}
    assert made["spec"] == {
        "replicas": 1,
        "selector": {"matchLabels": {"app.kubernetes.io/name": "hash-trial"}},
        "template": PLANNED["spec"]["template"] | {"metadata": {"labels": labels, "annotations": {"id": "sha256:1"}}},
    }
    assert before == PLANNED, "the plan itself stays as it is"


def pod(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"metadata": {"name": "hash-trial-1"}, "status": {"containerStatuses": [state]}}]


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (
            {"restartCount": 1, "state": {"running": {}}, "lastState": {"terminated": {"exitCode": 3, "reason": "Error"}}},
            "does not stay up (running, readiness probe fails; it ended with code 3, Error)",
        ),
        (
            {"restartCount": 0, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
            "does not stay up (Completed; it ended with code 0, Completed)",
        ),
    ],
)
def test_a_container_that_ended_is_a_fault_however_it_ended(state: dict[str, Any], line: str) -> None:
    assert trial.restarted(pod(state)) == [line]


def test_a_container_that_runs_since_its_start_is_none() -> None:
    assert trial.restarted(pod({"restartCount": 0, "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}})) == []
    assert trial.restarted([{"metadata": {}, "status": {}}]) == []


@pytest.mark.parametrize(("now", "faults"), [(1767225645.0, 0), (1767225646.0, 1)])
def test_forty_five_seconds_after_its_start_a_container_is_late(now: float, faults: int) -> None:
    state = {"ready": False, "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}
    assert len(trial.late([state], now, overdue=False)) == faults
    assert trial.late([state | {"ready": True}], now + 1000, overdue=True) == []


def test_what_never_got_a_container_is_late_when_the_whole_time_is_up() -> None:
    assert trial.late([], 0.0, overdue=False) == []
    assert trial.late([], 0.0, overdue=True) == ["has no container yet"]
    waiting = {"ready": False, "state": {"waiting": {"reason": "ContainerCreating"}}}
    assert trial.late([waiting], 0.0, overdue=False) == []
    assert trial.late([waiting], 0.0, overdue=True) == ["is not ready after 45 s (ContainerCreating)"]
