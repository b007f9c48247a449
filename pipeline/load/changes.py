"""What is done to a running service while it is asked: evictions and restarts, each until the service is whole again."""

from __future__ import annotations

import json
import tempfile
import time
from typing import Any

from pipeline import engine, kubectl
from pipeline.errors import CommandError
from pipeline.workspace import Workspace

NAMESPACE, DEPLOYMENT = "hash", "deployment/hash"
_SELECTOR = "app.kubernetes.io/name=hash"
_WHOLE_SECONDS = 120.0


def restart(place: Workspace) -> None:
    """Replace every pod by a new one of the same release, a few at a time."""
    kubectl.run(place, "-n", NAMESPACE, "rollout", "restart", DEPLOYMENT)
    await_whole(place)


def evict_half(place: Workspace) -> None:
    """Evict half of the pods through the eviction API, as the drain of a node does: the disruption budget decides how fast."""
    pods = living(place)
    for name in pods[: len(pods) // 2]:
        _evict(place, name)
        await_whole(place)


def _evict(place: Workspace, name: str) -> None:
    """Ask until the budget allows it; before, the answer is 429.

    Source: https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
    """
    wish = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": NAMESPACE}}
    deadline = time.monotonic() + _WHOLE_SECONDS
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(json.dumps(wish))
        file.flush()
        while True:
            try:
                kubectl.run(place, "create", "--raw", f"/api/v1/namespaces/{NAMESPACE}/pods/{name}/eviction", "-f", file.name)
            except CommandError as error:
                if "disruption budget" not in error.what or time.monotonic() > deadline:
                    raise
                time.sleep(1)
            else:
                return


def await_whole(place: Workspace) -> None:
    """Return when every replica is updated and available. Raises `CommandError` when that takes too long."""
    kubectl.run(place, "-n", NAMESPACE, "rollout", "status", DEPLOYMENT, f"--timeout={_WHOLE_SECONDS:.0f}s", timeout=_WHOLE_SECONDS + 30)


def kill(place: Workspace, name: str) -> None:
    """End a pod's program with SIGKILL, as the kernel does when memory runs out: nothing is drained, and nobody is told before."""
    found = engine.in_node(place, "crictl", "ps", "--quiet", "--label", f"io.kubernetes.pod.name={name}").stdout.split()
    if len(found) != 1:
        raise CommandError(f"the node's runtime knows {len(found)} containers of pod {name}", fix="nox -s deploy")
    engine.in_node(place, "kill", "-KILL", str(first_process(place, found[0])))


def first_process(place: Workspace, container: str) -> int:
    """Return the number that the first process of a container has in the node."""
    return int(json.loads(engine.in_node(place, "crictl", "inspect", "--output=json", container).stdout)["info"]["pid"])


def restarts(place: Workspace) -> int:
    """Return how often the service's containers were started again in their pods, all together."""
    return sum(int(state["restartCount"]) for pod in living_pods(place) for state in pod["status"].get("containerStatuses", []))


def await_restart(place: Workspace, before: int) -> None:
    """Return when a container was started again since `before` was counted. Raises `CommandError` when that takes too long."""
    deadline = time.monotonic() + _WHOLE_SECONDS
    while restarts(place) <= before:
        if time.monotonic() > deadline:
            raise CommandError(f"no container was started again within {_WHOLE_SECONDS:.0f} s", fix="nox -s deploy")
        time.sleep(0.5)


def scale(place: Workspace, instances: int) -> None:
    """Ask for a number of instances and wait until no other is left, those included that are still ending, and all are ready."""
    kubectl.run(place, "-n", NAMESPACE, "scale", DEPLOYMENT, f"--replicas={instances}")
    deadline = time.monotonic() + _WHOLE_SECONDS
    while len(kubectl.get(place, "-n", NAMESPACE, "pods", "-l", _SELECTOR)) != instances:
        if time.monotonic() > deadline:
            raise CommandError(f"there are not {instances} instances after {_WHOLE_SECONDS:.0f} s", fix="nox -s deploy")
        time.sleep(1)
    await_whole(place)


def living(place: Workspace) -> list[str]:
    """Return the names of the pods that are not on their way out."""
    return [str(pod["metadata"]["name"]) for pod in living_pods(place)]


def living_pods(place: Workspace) -> list[dict[str, Any]]:
    """Return the pods of the service that are not on their way out."""
    pods = kubectl.get(place, "-n", NAMESPACE, "pods", "-l", _SELECTOR)
    return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
