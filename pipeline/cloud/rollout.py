"""Brings a release to the second cluster by the very module that the first one has, and looks at what came of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import kubectl, look
from pipeline.cloud import ingress, judge, spec
from pipeline.cloud.nodes import run
from pipeline.cloud.spec import Node
from pipeline.errors import FindingError
from pipeline.gates import plan as gates_plan
from pipeline.gates import stages
from pipeline.look import Release
from pipeline.terraform import Module, Plan
from pipeline.watch import Watch
from pipeline.workspace import Workspace

NAMESPACE, _OVERLAY = "hash", "cloud"
_REFUSED_SECONDS = "3"
_SETTLE_SECONDS, _ASK_SECONDS = 60.0, 60.0


@dataclass(frozen=True)
class Target:
    """A release as the second cluster gets it. `reference` is pinned by `digest`, what the registry answered when it was pushed."""

    commit: str
    reference: str
    digest: str
    image_id: str

    def release(self) -> Release:
        """The release by which pods are judged: what a node pulled is known by its manifest's digest."""
        return Release(self.commit, self.reference, self.digest)


def target(second: Workspace, commit: str, digest: str, image_id: str) -> Target:
    """A release that the registry has under its commit."""
    return Target(commit, f"{second.settings.image}:{commit}@{digest}", digest, image_id)


def module(second: Workspace, credential: Path) -> Module:
    """The root module of the main cluster, with another state, another credential and the other overlay."""
    return Module(second, second.root / "terraform", credential, manifests=f"manifests/overlays/{_OVERLAY}")


def values(second: Workspace, wanted: Target, kubeconfig: Path, context: str = "") -> dict[str, Any]:
    """The module's variables: what a person would give with -var."""
    settings = second.settings
    return {
        "kubeconfig": str(kubeconfig),
        "context": context or second.name,
        "overlay": _OVERLAY,
        "image": wanted.reference,
        "image_id": wanted.image_id,
        "replicas": {"min": settings.replicas_min, "max": settings.replicas_max},
        "hosts": [spec.HOST],
        "url": f"https://{spec.HOST}",
    }


def bring(used: Module, wanted: Target, records: Path, *, gated: bool = True) -> Plan:
    """Plan, have the gates judge the plan, and apply exactly that plan. What is meant to fail later on is not judged before.

    Raises `FindingError` for a plan that is refused, `ReleaseError` for a release that fails: at once when it cannot succeed.
    """
    used.init()
    plan = used.plan_with(values(used.place, wanted, used.kubeconfig), records)
    if gated:
        stages.refuse([gates_plan.judge_saved(used.place, records)])
    used.apply(plan, Watch(used.place, NAMESPACE, wanted.release()))
    return plan


def restore(used: Module, good: Target, records: Path) -> None:
    """Bring a release back that was judged when it came. Unwatched: what the failed one has left would be taken for its own failure."""
    used.init()
    used.apply(used.plan_with(values(used.place, good, used.kubeconfig), records))


def look_at(second: Workspace, wanted: Target) -> dict[str, int]:
    """Judge what runs and return the pods of each zone. Raises `FindingError` with what is still wrong after a minute."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        pods, nodes, services, deployments = (
            kubectl.get(second, f"--namespace={NAMESPACE}", kind) for kind in ("pods", "nodes", "services", "deployments")
        )
        living = look.living(pods)
        counted = judge.zones(living, nodes)
        seen = look.judge(deployments, pods, wanted.release(), fewest=second.settings.replicas_min)
        faults = [*seen.faults, *judge.spread(counted), *judge.ports(services), *judge.images(living, wanted.reference, wanted.digest)]
        if not faults:
            return dict(counted)
        if time.monotonic() > deadline:
            raise FindingError("; ".join(faults[:3]), fix="read the stage's log")
        time.sleep(1)


def ask(second: Workspace, wanted: Target, nodes: Sequence[Node]) -> int:
    """Ask through the Ingress at every node in turn until each pod has answered; return how many questions that took.

    Raises `FindingError` for an answer that is not the release's, and for a pod that is not heard within a minute.
    """
    pods = {pod["metadata"]["name"] for pod in look.living(kubectl.get(second, f"--namespace={NAMESPACE}", "pods"))}
    heard, asked, deadline = set[str](), 0, time.monotonic() + _ASK_SECONDS
    while not asked or heard != pods:
        if time.monotonic() > deadline:
            raise FindingError(f"through the Ingress answered {sorted(heard)}, expected {sorted(pods)}", fix="read the stage's log")
        for node in nodes:
            answer, asked = ingress.ask(second, node.address, second.settings.service.probe_path), asked + 1
            if fault := wrong(answer, second.settings.service.probe_answer, wanted.commit):
                raise FindingError(f"the Ingress at {node.name} {fault}", fix="read the stage's log")
            heard.add(answer.instance)
    return asked


def closed(second: Workspace, nodes: Sequence[Node]) -> int:
    """Try every pod from the other node, past the Ingress; return how many were tried. Raises `FindingError` when one answers."""
    pods = look.living(kubectl.get(second, f"--namespace={NAMESPACE}", "pods"))
    for pod in pods:
        (other, *_) = [node for node in nodes if node.name != pod["spec"]["nodeName"]]
        url = f"http://{pod['status']['podIP']}:{second.settings.service.port}{second.settings.service.ready_path}"
        if run(other, "curl", "--silent", "--output", "/dev/null", "--max-time", _REFUSED_SECONDS, url, ok=None).returncode == 0:
            raise FindingError(f"{pod['metadata']['name']} answers {other.name} past the Ingress", fix="read the stage's log")
    return len(pods)


def wrong(answer: ingress.Answer, expected: str, commit: str) -> str:
    """What is wrong with an answer, empty when nothing is."""
    if answer.status != 200:  # noqa: PLR2004 - the one good status
        return f"answers {answer.status or 'nothing'}"
    if answer.body.strip() != expected:
        return f"answers {answer.body[:60]!r}, expected {expected!r}"
    return "" if answer.commit == commit else f"answers for commit {answer.commit[:12]}, expected {commit[:12]}"
