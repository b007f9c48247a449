"""Judging what runs: the objects below are the fields that the judge reads, as the Kubernetes API shows them."""

import copy
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import look, workspace
from pipeline.look import Release
from pipeline.workspace import Workspace

RELEASE = Release(commit="a" * 40, image="portcullis.local/hash:" + "a" * 40, image_id="sha256:" + "1" * 64)


def deployment(replicas: int = 2) -> dict[str, Any]:
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas)
    return {
        "metadata": {"name": "hash", "generation": 3},
        "spec": {"replicas": replicas},
        "status": {"observedGeneration": 3, **counts},
    }


def pod(name: str = "hash-1") -> dict[str, Any]:
    context = {"readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    return {
        "metadata": {"name": name},
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{"name": "hash", "image": RELEASE.image, "securityContext": context}],
        },
        "status": {"containerStatuses": [{"ready": True, "imageID": RELEASE.image_id, "state": {"running": {}}}]},
    }


def test_a_complete_rollout_has_no_faults() -> None:
    assert look.judge([deployment()], [pod("b"), pod("a")], RELEASE, fewest=1) == look.Seen(("a", "b"), ())


def test_terminating_pods_are_not_judged() -> None:
    leaving = pod("old")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    leaving["spec"]["containers"][0]["image"] = "other"
    assert look.judge([deployment()], [pod(), leaving], RELEASE, fewest=1).pods == ("hash-1",)


@pytest.mark.parametrize("phase", ["Failed", "Succeeded"])
def test_what_is_left_of_an_evicted_pod_is_not_judged(phase: str) -> None:
    evicted = pod("old")
    evicted["status"] = {"phase": phase, "reason": "Evicted"}
    assert look.judge([deployment()], [pod(), evicted], RELEASE, fewest=1) == look.Seen(("hash-1",), ())
    assert look.judge([deployment()], [evicted], RELEASE, fewest=1).faults == ("0 pods run, expected at least 1",)


def test_the_images_that_run_are_told_whatever_else_starts_or_ends() -> None:
    leaving, starting, other = pod("old"), pod("new"), pod("other")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    leaving["status"]["containerStatuses"][0]["imageID"] = "sha256:" + "3" * 64
    starting["status"]["containerStatuses"][0] = {"ready": False, "imageID": "", "state": {"waiting": {}}}
    other["status"]["containerStatuses"][0]["imageID"] = "registry.example/hash@sha256:" + "2" * 64
    assert look.running([pod(), leaving, starting, other, {"metadata": {"name": "bare"}}]) == {RELEASE.image_id, "sha256:" + "2" * 64}


@pytest.mark.parametrize("number", [0, 2])
def test_anything_but_one_deployment_is_a_fault(number: int) -> None:
    assert f"{number} Deployments in the namespace, expected 1" in look.judge([deployment()] * number, [pod()], RELEASE, fewest=1).faults


@pytest.mark.parametrize(("pods", "fewest"), [(0, 1), (1, 2)])
def test_too_few_pods_are_a_fault_however_complete_the_rollout(pods: int, fewest: int) -> None:
    seen = look.judge([deployment(pods)], [pod() for _ in range(pods)], RELEASE, fewest=fewest)
    assert seen.faults == (f"{pods} pods run, expected at least {fewest}",)


@given(st.sampled_from(["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"]), st.integers(0, 20))
def test_every_replica_count_must_be_the_wanted_one(field: str, got: int) -> None:
    changed = deployment(10)
    changed["status"][field] = got
    expected = () if got == 10 else (f"hash: {field} is {got}, expected 10",)
    assert look.judge([changed], [pod()], RELEASE, fewest=1).faults == expected


def test_a_status_of_an_older_generation_is_no_proof() -> None:
    changed = deployment()
    changed["status"]["observedGeneration"] = 2
    assert look.judge([changed], [pod()], RELEASE, fewest=1).faults == ("hash: its controller has not seen the newest generation",)


def test_the_same_tag_with_other_bytes_is_a_fault() -> None:
    changed = pod()
    changed["status"]["containerStatuses"][0]["imageID"] = "sha256:" + "2" * 64
    assert look.judge([deployment()], [changed], RELEASE, fewest=1).faults == (
        "hash-1: image ID is sha256:222222222222, built was sha256:111111111111",
    )


def test_the_runtimes_prefix_of_an_image_id_does_not_matter() -> None:
    changed = pod()
    changed["status"]["containerStatuses"][0]["imageID"] = f"docker.io/library/import@{RELEASE.image_id}"
    assert look.judge([deployment()], [changed], RELEASE, fewest=1).faults == ()


def test_a_pod_that_waits_says_why() -> None:
    changed = pod()
    changed["status"]["containerStatuses"][0] = {"ready": False, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    assert look.judge([deployment()], [changed], RELEASE, fewest=1).faults == ("hash-1: is not ready (CrashLoopBackOff)",)


WEAKENINGS: dict[str, Callable[[dict[str, Any]], object]] = {
    "runAsNonRoot": lambda spec: spec["securityContext"].pop("runAsNonRoot"),
    "readOnlyRootFilesystem": lambda spec: spec["containers"][0]["securityContext"].update(readOnlyRootFilesystem=False),
    "allowPrivilegeEscalation": lambda spec: spec["containers"][0]["securityContext"].pop("allowPrivilegeEscalation"),
    "capabilities.drop": lambda spec: spec["containers"][0]["securityContext"].update(capabilities={"drop": ["NET_RAW"]}),
    "seccompProfile": lambda spec: spec["securityContext"].update(seccompProfile={"type": "Unconfined"}),
    "automountServiceAccountToken": lambda spec: spec.update(automountServiceAccountToken=True),
    "runs": lambda spec: spec["containers"][0].update(image="portcullis.local/hash:latest"),
}


@pytest.mark.parametrize("field", WEAKENINGS)
def test_each_weakened_field_of_a_running_pod_is_named(field: str) -> None:
    changed = copy.deepcopy(pod())
    WEAKENINGS[field](changed["spec"])
    (fault,) = look.judge([deployment()], [changed], RELEASE, fewest=1).faults
    assert fault.startswith(f"hash-1: {field} ")


Answer = tuple[int, str, str, str]
SERVICE = workspace.locate().settings.service
GOOD_BODY = SERVICE.probe_answer


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[list[Answer]], Workspace]]:
    servers: list[ThreadingHTTPServer] = []

    def start(answers: list[Answer]) -> Workspace:
        turns = cycle(answers)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body, instance, commit = next(turns)
                self.send_response(status)
                self.send_header(SERVICE.instance_header, instance)
                self.send_header(SERVICE.commit_header, commit)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return workspace.locate(environment={"HOME": str(tmp_path), "PORTCULLIS_PORT": str(server.server_port)})

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_every_pod_must_be_heard(serve: Callable[[list[Answer]], Workspace]) -> None:
    place = serve([(200, GOOD_BODY, "one", RELEASE.commit), (200, GOOD_BODY, "two", RELEASE.commit)])
    assert look.answers(place, RELEASE, ("one", "two")) == []
    assert look.answers(place, RELEASE, ("one", "two", "three")) == [f"pod three never answered at {place.url}"]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ((200, "0" * 40, "one", RELEASE.commit), "answered 200 '0000"),
        ((503, GOOD_BODY, "one", RELEASE.commit), "answered 503"),
        ((200, GOOD_BODY, "one", "b" * 40), "pod one answers for commit bbbb"),
    ],
)
def test_a_wrong_answer_is_named(serve: Callable[[list[Answer]], Workspace], answer: Answer, fault: str) -> None:
    (found,) = look.answers(serve([answer]), RELEASE, ("one",))
    assert fault in found


def test_a_url_that_does_not_answer_is_a_fault(tmp_path: Path) -> None:
    place = workspace.locate(environment={"HOME": str(tmp_path), "PORTCULLIS_PORT": "1025"})
    assert look.answers(place, RELEASE, ("one",)) == ["http://127.0.0.1:1025 does not answer (ConnectionError)"]
