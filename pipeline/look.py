"""After apply, look: what runs is compared with what was planned, object by object and answer by answer.

Terraform's word is not enough: a rollout that failed leaves no mark in its state, and a tag says nothing about the bytes behind it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from pipeline import kubectl
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

_ANSWER_SECONDS, _ATTEMPTS_PER_POD = 30.0, 40
# An evicted pod stays listed long after another has taken its place: it never runs again, and nobody removes it.
_ENDED = ("Failed", "Succeeded")


@dataclass(frozen=True)
class Release:
    """One applied commit: the image reference with its full hash, and the ID of the image behind it."""

    commit: str
    image: str
    image_id: str


@dataclass(frozen=True)
class Seen:
    """What runs: the Deployment, its ready pods' names, and every deviation found on the way."""

    pods: tuple[str, ...]
    faults: tuple[str, ...]


def cluster(place: Workspace, namespace: str, release: Release) -> Seen:
    """Read Deployment and pods from the cluster and judge them. Raises `CommandError` when the cluster does not answer."""
    deployments = kubectl.get(place, "--namespace", namespace, "deployments")
    pods = kubectl.get(place, "--namespace", namespace, "pods")
    return judge(deployments, pods, release, fewest=place.settings.replicas_min)


def judge(deployments: list[dict[str, Any]], pods: list[dict[str, Any]], release: Release, *, fewest: int) -> Seen:
    """Compare Deployments and pods, as the API shows them, with the release. Pods that are leaving or have ended are ignored.

    `fewest` is the number of pods below which even a complete rollout is a fault: the autoscaler has not had its first say.
    """
    faults = [] if len(deployments) == 1 else [f"{len(deployments)} Deployments in the namespace, expected 1"]
    for deployment in deployments:
        faults += _rollout_faults(deployment)
    alive = living(pods)
    if len(alive) < fewest:
        faults.append(f"{len(alive)} pods run, expected at least {fewest}")
    for pod in alive:
        faults += _pod_faults(pod, release)
    return Seen(tuple(sorted(pod["metadata"]["name"] for pod in alive)), tuple(faults))


def living(pods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pods that are not on their way out and have not ended."""
    return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"] and pod.get("status", {}).get("phase") not in _ENDED]


def images(place: Workspace, namespace: str) -> set[str]:
    """The IDs of the images that the namespace's living pods run, as the cluster tells them."""
    return running(kubectl.get(place, "--namespace", namespace, "pods"))


def running(pods: list[dict[str, Any]]) -> set[str]:
    """The image IDs of running containers in pods, as the API shows these; terminating pods are on their way out."""
    staying = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    states = [state for pod in staying for state in pod.get("status", {}).get("containerStatuses", [])]
    return {digest(state.get("imageID", "")) for state in states if "running" in state.get("state", {})}


def _rollout_faults(deployment: dict[str, Any]) -> list[str]:
    """The conditions of a complete rollout, as `kubectl rollout status` defines them."""
    name, wanted, status = deployment["metadata"]["name"], deployment["spec"]["replicas"], deployment.get("status", {})
    faults = []
    if status.get("observedGeneration", 0) < deployment["metadata"]["generation"]:
        faults.append(f"{name}: its controller has not seen the newest generation")
    counts = {field: status.get(field, 0) for field in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")}
    return faults + [f"{name}: {field} is {got}, expected {wanted}" for field, got in counts.items() if got != wanted]


def _pod_faults(pod: dict[str, Any], release: Release) -> list[str]:
    name = pod["metadata"]["name"]
    spec, status = pod["spec"], pod.get("status", {})
    faults: list[str] = []
    for container in spec["containers"]:
        found = _hardening_faults(spec, container)
        if container["image"] != release.image:
            found.insert(0, f"runs {container['image']}, expected {release.image}")
        faults.extend(f"{name}: {fault}" for fault in found)
    states = status.get("containerStatuses", [])
    if not states:
        faults.append(f"{name}: has no running container")
    for state in states:
        if not state.get("ready"):
            faults.append(f"{name}: is not ready ({waiting_reason(state)})")
        elif digest(state.get("imageID", "")) != digest(release.image_id):
            faults.append(f"{name}: image ID is {digest(state.get('imageID', ''))[:19]}, built was {digest(release.image_id)[:19]}")
    return faults


def _hardening_faults(spec: dict[str, Any], container: dict[str, Any]) -> list[str]:
    """The part of the plan that an attacker would want changed. Source: Pod Security Standards, profile `restricted`."""
    pod_context, context = spec.get("securityContext", {}), container.get("securityContext", {})
    wanted = {
        "runAsNonRoot": (context.get("runAsNonRoot", pod_context.get("runAsNonRoot")), True),
        "readOnlyRootFilesystem": (context.get("readOnlyRootFilesystem"), True),
        "allowPrivilegeEscalation": (context.get("allowPrivilegeEscalation"), False),
        "capabilities.drop": (context.get("capabilities", {}).get("drop"), ["ALL"]),
        "seccompProfile": (context.get("seccompProfile", pod_context.get("seccompProfile", {})).get("type"), "RuntimeDefault"),
        "automountServiceAccountToken": (spec.get("automountServiceAccountToken"), False),
    }
    return [f"{field} is {got!r}, expected {expected!r}" for field, (got, expected) in wanted.items() if got != expected]


def waiting_reason(state: dict[str, Any]) -> str:
    """Why a container does not run, in the kubelet's words."""
    for phase in ("waiting", "terminated"):
        if detail := state.get("state", {}).get(phase):
            return str(detail.get("reason", phase))
    return "running, readiness probe fails"


def digest(image_id: str) -> str:
    """The `sha256:...` of an image ID, however the runtime prefixes it."""
    return image_id.rpartition("@")[2]


def answers(place: Workspace, release: Release, pods: tuple[str, ...], *, clock: Callable[[], float] = time.monotonic) -> list[str]:
    """Ask the URL, on new connections, until each pod has answered. Return the faults: wrong answers, and pods never heard.

    Bounded by 40 requests per pod and 30 s.
    """
    service, heard = place.settings.service, set[str]()
    faults: list[str] = []
    deadline = clock() + _ANSWER_SECONDS
    for _ in range(_ATTEMPTS_PER_POD * max(len(pods), 1)):
        if heard >= set(pods) or clock() > deadline:
            break
        try:
            reply = requests.get(place.url + service.probe_path, timeout=5, headers={"Connection": "close"})
        except requests.RequestException as error:
            return [f"{place.url} does not answer ({type(error).__name__})"]
        if reply.status_code != requests.codes.ok or reply.text != service.probe_answer:
            return [f"{service.probe_path} answered {reply.status_code} {reply.text[:60]!r}, expected {service.probe_answer!r}"]
        instance = reply.headers.get(service.instance_header, "")
        if (commit := reply.headers.get(service.commit_header)) != release.commit:
            faults.append(f"pod {instance} answers for commit {commit}, expected {release.commit}")
            break
        heard.add(instance)
    return faults or [f"pod {pod} never answered at {place.url}" for pod in pods if pod not in heard]
