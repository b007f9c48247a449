"""Judging a rollout while it is under way: the objects are the fields that the judge reads, as the Kubernetes API shows them."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import watch, workspace
from pipeline.look import Release
from pipeline.watch import HopelessError, Watch

RELEASE = Release(commit="a" * 40, image="portcullis.local/hash:" + "a" * 40, image_id="sha256:" + "1" * 64)
FULL = {"type": "ReplicaFailure", "status": "True", "message": 'pods "hash-1" is forbidden: exceeded quota: hash'}


def pod(state: dict[str, Any], *, image: str = RELEASE.image) -> dict[str, Any]:
    container = {"ready": False, "restartCount": 0, "state": {}} | state
    return {"metadata": {"name": "hash-1"}, "spec": {"containers": [{"image": image}]}, "status": {"containerStatuses": [container]}}


def deployment(*conditions: dict[str, Any], updated: int = 0, observed: int = 2) -> dict[str, Any]:
    status = {"observedGeneration": observed, "updatedReplicas": updated, "conditions": list(conditions)}
    return {"metadata": {"name": "hash", "generation": 2}, "status": status}


def waiting(reason: str) -> dict[str, Any]:
    return {"state": {"waiting": {"reason": reason}}}


@pytest.mark.parametrize("reason", ["CrashLoopBackOff", "ImagePullBackOff", "CreateContainerConfigError"])
def test_what_a_container_waits_for_in_vain_is_told(reason: str) -> None:
    assert watch.hopeless([pod(waiting(reason))], RELEASE) == [f"hash-1: is not ready ({reason})"]


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing"])
def test_a_container_that_is_being_made_is_waited_for(reason: str) -> None:
    assert watch.hopeless([pod(waiting(reason))], RELEASE) == []


def test_how_a_container_ended_is_told_with_it() -> None:
    ended = {"lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}, "restartCount": 2}
    assert watch.hopeless([pod(waiting("CrashLoopBackOff") | ended)], RELEASE) == [
        "hash-1: is not ready (CrashLoopBackOff; it ended with code 137, OOMKilled)"
    ]


def test_pods_of_another_release_and_pods_on_their_way_out_are_not_judged() -> None:
    leaving = pod(waiting("CrashLoopBackOff"))
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert watch.hopeless([pod(waiting("CrashLoopBackOff"), image="other"), leaving], RELEASE) == []


def test_a_container_that_restarted_once_and_came_up_is_no_fault() -> None:
    assert watch.hopeless([pod({"restartCount": 5, "ready": True}), pod({"restartCount": 1})], RELEASE) == []


def test_a_rollout_that_its_controller_gave_up_is_told() -> None:
    over = {"type": "Progressing", "status": "False", "message": 'ReplicaSet "hash-1" has timed out progressing.'}
    assert watch.overdue([deployment(over)]) == ['hash: ReplicaSet "hash-1" has timed out progressing.']
    assert watch.overdue([deployment(over, observed=1)]) == [], "the condition is an earlier rollout's"


def made(tmp_path: Path, times: list[float]) -> Watch:
    place = workspace.locate(environment={"HOME": str(tmp_path)})
    return Watch(place, "hash", RELEASE, clock=iter(times).__next__)


def test_refused_pods_are_waited_for_while_others_may_make_room(tmp_path: Path) -> None:
    look = made(tmp_path, [0.0, 19.0, 20.0])
    look.see([deployment(FULL)], [])
    look.see([deployment(FULL)], [])
    with pytest.raises(HopelessError, match="exceeded quota"):
        look.see([deployment(FULL)], [])


def test_progress_begins_the_wait_anew(tmp_path: Path) -> None:
    look = made(tmp_path, [0.0, 21.0, 40.0])
    look.see([deployment(FULL)], [])
    look.see([deployment(FULL, updated=1)], [])
    look.see([deployment(FULL, updated=1)], [])


def test_the_wait_begins_when_the_last_pod_that_makes_room_has_left(tmp_path: Path) -> None:
    leaving = pod({}, image="other")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    look = made(tmp_path, [0.0, 15.0, 30.0, 49.0, 50.0])
    for pods in ([leaving], [leaving], [leaving], []):
        look.see([deployment(FULL)], pods)
    with pytest.raises(HopelessError, match="exceeded quota"):
        look.see([deployment(FULL)], [])


def test_room_that_was_made_ends_the_wait(tmp_path: Path) -> None:
    look = made(tmp_path, [0.0, 21.0])
    look.see([deployment(FULL)], [])
    look.see([deployment()], [])
    look.see([deployment(FULL)], [])


@given(st.lists(st.tuples(st.sampled_from(["ReplicaFailure", "Progressing", "Available"]), st.sampled_from(["True", "False", "Unknown"]))))
def test_only_the_two_conditions_of_failure_are_faults(conditions: list[tuple[str, str]]) -> None:
    seen = [deployment(*({"type": kind, "status": status, "message": "x"} for kind, status in conditions))]
    assert len(watch.overdue(seen)) == conditions.count(("Progressing", "False"))
    assert len(watch.refused(seen)) == conditions.count(("ReplicaFailure", "True"))
