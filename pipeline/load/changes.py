"""What is done to a running service while it is asked: evictions and restarts, each until the service is whole again."""

from __future__ import annotations

import json
import tempfile
import time
from typing import Any

from pipeline import kubectl
from pipeline.errors import CommandError
from pipeline.workspace import Workspace

NAMESPACE, DEPLOYMENT = "hash", "deployment/hash"
_WHOLE_SECONDS = 120.0


def restart(place: Workspace) -> None:
    """Replace every pod by a new one of the same release, a few at a time."""
    kubectl.run(place, "-n", NAMESPACE, "rollout", "restart", DEPLOYMENT)
    await_whole(place)


def evict_half(place: Workspace) -> None:
    """Evict half of the pods through the eviction API, as the drain of a node does: the disruption budget decides how fast."""
    pods = [str(pod["metadata"]["name"]) for pod in _living(place)]
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


def _living(place: Workspace) -> list[dict[str, Any]]:
    pods = kubectl.get(place, "-n", NAMESPACE, "pods", "-l", "app.kubernetes.io/name=hash")
    return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
