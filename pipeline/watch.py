"""While a rollout is under way, look: what cannot succeed any more is told at once, instead of being waited for.

Terraform waits until its limit whatever happens. The kubelet and the controllers know much earlier, and say why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline import kubectl
from pipeline.errors import CommandError, ReleaseError
from pipeline.look import Release, waiting_reason
from pipeline.workspace import Workspace

# What a container waits for in vain. Source: k8s.io/kubernetes v1.35, pkg/kubelet/images/types.go and pkg/kubelet/kuberuntime.
_HOPELESS = {
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
}
_RESTARTS = 2
# A pod may be refused while others are on their way out: they make room. What is refused this long without that or progress stays refused.
# Not less: a ReplicaSet's controller doubles its wait after each refusal, so it may ask again as long after a pod left as that one took.
_REFUSED_SECONDS = 20.0


class HopelessError(ReleaseError):
    """A rollout that cannot succeed any more, with the reason."""


@dataclass
class Watch:
    """Looks at the namespace each time it is called. Raises `HopelessError` when the rollout of the release cannot succeed any more."""

    place: Workspace
    namespace: str
    release: Release
    clock: Callable[[], float] = time.monotonic
    _refused: tuple[tuple[int, ...], float] | None = field(default=None, init=False)

    def __call__(self) -> None:
        """Look once. A cluster that is too busy to answer is no verdict."""
        try:
            deployments = kubectl.get(self.place, "--namespace", self.namespace, "deployments")
            pods = kubectl.get(self.place, "--namespace", self.namespace, "pods")
        except CommandError:
            return
        self.see(deployments, pods)

    def see(self, deployments: Iterable[Mapping[str, Any]], pods: Iterable[Mapping[str, Any]]) -> None:
        """Judge what was seen, in the light of what was seen before."""
        every, there = list(deployments), list(pods)
        if lost := [*hopeless(there, self.release), *overdue(every)]:
            raise HopelessError("; ".join(lost[:3]), fix="read the stage's log")
        reasons, progress = refused(every), tuple(each.get("status", {}).get("updatedReplicas", 0) for each in every)
        if not reasons:
            self._refused = None
        elif self._refused is None or self._refused[0] != progress or any(map(_leaving, there)):
            self._refused = progress, self.clock()
        elif self.clock() - self._refused[1] >= _REFUSED_SECONDS:
            raise HopelessError("; ".join(reasons), fix="read the stage's log")


def hopeless(pods: Iterable[Mapping[str, Any]], release: Release) -> list[str]:
    """Name the release's pods that do not come up, with the kubelet's reason. Pods on their way out are ignored."""
    mine = [pod for pod in pods if not _leaving(pod) and release.image in [each["image"] for each in pod["spec"]["containers"]]]
    return [
        f"{pod['metadata']['name']}: is not ready ({told(state)})"
        for pod in mine
        for state in pod.get("status", {}).get("containerStatuses", [])
        if waiting_reason(state) in _HOPELESS or (state.get("restartCount", 0) >= _RESTARTS and not state.get("ready"))
    ]


def _leaving(pod: Mapping[str, Any]) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def told(state: Mapping[str, Any]) -> str:
    """Why a container does not run, with how it ended last."""
    reason = waiting_reason(dict(state))
    ended = state.get("lastState", {}).get("terminated") or state.get("state", {}).get("terminated")
    return f"{reason}; it ended with code {ended.get('exitCode')}, {ended.get('reason', 'no reason')}" if ended else reason


def overdue(deployments: Iterable[Mapping[str, Any]]) -> list[str]:
    """Name the Deployments whose controller has given up on their rollout."""
    return [
        f"{each['metadata']['name']}: {condition.get('message', 'no progress')}"
        for each in deployments
        for condition in _current(each)
        if condition["type"] == "Progressing" and condition["status"] == "False"
    ]


def refused(deployments: Iterable[Mapping[str, Any]]) -> list[str]:
    """Name the Deployments whose pods are refused, such as by a quota, with the API server's words."""
    return [
        f"{each['metadata']['name']}: {condition.get('message', 'its pods are refused')}"
        for each in deployments
        for condition in _current(each)
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True"
    ]


def _current(deployment: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conditions, if they are about what is wanted now: those of an earlier rollout say nothing about this one."""
    status = deployment.get("status", {})
    seen = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    return list(status.get("conditions", [])) if seen else []
