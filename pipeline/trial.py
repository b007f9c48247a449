"""Before users are sent to a release, one pod of it is tried: started as planned, beside the Service, and asked by the pipeline alone.

The pod runs in the service's namespace under the same rules, from the same planned template; only its name is another, so neither the
Service nor the autoscaler nor the disruption budget knows it. What is wrong with a release is thus known while every user is still
answered by the one before.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline import kubectl, questions, watch
from pipeline.errors import CommandError, ReleaseError
from pipeline.look import Release
from pipeline.watch import Watch
from pipeline.workspace import Workspace

_NAME = "app.kubernetes.io/name"
_SUFFIX = "-trial"
# The startup probe of the manifests gives up after 30 s, which is then seen as a restart; this is for what starts and never gets ready.
_READY_SECONDS, _UP_SECONDS = 45.0, 60.0
_FIX = "read the stage's log"


def run(place: Workspace, credential: Path, planned: Mapping[str, Any], release: Release) -> dict[str, Any]:
    """Try a planned Deployment and return the figures. Raises `ReleaseError` with the first thing that is wrong with it.

    It is made with the deployer's own credential. Whatever happens, nothing of it is left; what a killed run left is cleared first.
    """
    wanted = alone(planned)
    name, namespace = wanted["metadata"]["name"], wanted["metadata"]["namespace"]
    began = time.monotonic()
    _remove(place, credential, name, namespace)
    try:
        kubectl.run(place, "apply", "--validate=false", "--filename=-", stdin=json.dumps(wanted), credential=credential)
        pod = _ready(place, name, namespace, release)
        ready = time.monotonic()
        found = questions.ask(place, pod, wanted["spec"]["template"]["spec"]["containers"][0], release)
        if faults := [*found.faults, *restarted(_pods(place, name, namespace))]:
            raise ReleaseError(f"{name}: {faults[-1]}", fix=_FIX)  # a restart explains the answers that failed
    except CommandError as error:
        raise ReleaseError(f"{name}: {error.what}", fix=error.fix) from error
    finally:
        _remove(place, credential, name, namespace)
    return found.figures | {"ready_seconds": round(ready - began, 1), "seconds": round(time.monotonic() - began, 1)}


def alone(planned: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Deployment of one pod that nothing but itself selects."""
    made = copy.deepcopy(dict(planned))
    metadata, spec = made["metadata"], made["spec"]
    labels = spec["template"]["metadata"].get("labels", {})
    name = f"{metadata['name']}{_SUFFIX}"
    made["metadata"] = {"name": name, "namespace": metadata["namespace"], "labels": metadata.get("labels", {}) | {_NAME: name}}
    spec["replicas"], spec["selector"] = 1, {"matchLabels": {_NAME: name}}
    spec["template"]["metadata"]["labels"] = labels | {_NAME: name}
    return made


def _remove(place: Workspace, credential: Path, name: str, namespace: str) -> None:
    words = ("--namespace", namespace, "delete", "deployment", name, "--ignore-not-found", "--wait=false")
    kubectl.run(place, *words, credential=credential)


def _pods(place: Workspace, name: str, namespace: str) -> list[dict[str, Any]]:
    pods = kubectl.get(place, "--namespace", namespace, "pods", f"--selector={_NAME}={name}")
    return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]


def _ready(place: Workspace, name: str, namespace: str, release: Release) -> dict[str, Any]:
    """Return the pod once it is ready. Raises `ReleaseError` when it restarts, is refused, or takes too long."""
    judge, deadline = Watch(place, namespace, release), time.monotonic() + _UP_SECONDS
    while True:
        pods = _pods(place, name, namespace)
        judge.see(kubectl.get(place, "--namespace", namespace, "deployments", f"--field-selector=metadata.name={name}"), pods)
        states = [state for pod in pods for state in pod.get("status", {}).get("containerStatuses", [])]
        if faults := restarted(pods) or late(states, time.time(), overdue=time.monotonic() > deadline):
            raise ReleaseError(f"{name}: {faults[0]}", fix=_FIX)
        if states and all(state["ready"] for state in states):
            return pods[0]
        time.sleep(0.5)


def restarted(pods: list[dict[str, Any]]) -> list[str]:
    """Say that a container ended, and how, if one did: a service ends when it is told to and not before."""
    states = [state for pod in pods for state in pod.get("status", {}).get("containerStatuses", [])]
    ended = [state for state in states if state.get("restartCount", 0) or state.get("state", {}).get("terminated")]
    return [f"does not stay up ({watch.told(state)})" for state in ended]


def late(states: list[dict[str, Any]], now: float, *, overdue: bool) -> list[str]:
    """Say what is not ready although it had its time: 45 s from its start, or `overdue` as a whole."""
    if not states:
        return ["has no container yet"] if overdue else []
    waiting = [state for state in states if not state.get("ready")]
    return [
        f"is not ready after {_READY_SECONDS:.0f} s ({watch.told(state)})"
        for state in waiting
        if overdue or _age(state, now) > _READY_SECONDS
    ]


def _age(state: Mapping[str, Any], now: float) -> float:
    """Seconds that a container has been running. The node's clock is this machine's."""
    started = state.get("state", {}).get("running", {}).get("startedAt")
    return now - datetime.fromisoformat(started).timestamp() if started else 0.0
