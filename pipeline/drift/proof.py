"""The stage `drift-proof`: changes made by hand on the living cluster, each named by `drift`, all repaired by one `deploy`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from pipeline import commit, console, kubectl, release
from pipeline.drift import stage
from pipeline.errors import FindingError
from pipeline.stage import Run
from pipeline.workspace import Workspace

NAMESPACE = "hash"
_NOWHERE = f"portcullis.local/hash:{'0' * 40}"
_POLICY = [{"op": "replace", "path": "/spec/ingress/0/ports/0/port", "value": 8081}]
_BUSY = [{"op": "replace", "path": "/spec/metrics/0/resource/target/averageUtilization", "value": 95}]
_ALLOWED = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "stranger"},
    "spec": {"podSelector": {"matchLabels": {"a": "b"}}, "policyTypes": ["Ingress"]},
}
_ROOM = [{"op": "replace", "path": "/spec/hard/pods", "value": "40"}]


@dataclass(frozen=True)
class Change:
    """One thing that somebody does by hand, as the words of kubectl, and the beginning of the line that must name it."""

    what: str
    words: tuple[str, ...]
    named: str
    content: dict[str, Any] | None = None
    """What kubectl reads, if it reads something."""


CHANGES = (
    Change("a pod", ("create", "--filename=-"), "Pod stranger: belongs to no release", {"apiVersion": "v1", "kind": "Pod"}),
    Change(
        "another image",
        ("set", "image", "deployment/hash", f"hash={_NOWHERE}"),
        "Deployment hash: spec.template.spec.containers[0].image is",
    ),
    Change(
        "a label more", ("label", "deployment/hash", "team=nobody"), "Deployment hash: metadata.labels.team is 'nobody', wanted nothing"
    ),
    Change(
        "a label changed",
        ("label", "service/hash", "app.kubernetes.io/part-of=other", "--overwrite"),
        "Service hash: metadata.labels.app.kubernetes.io/part-of is 'other', wanted 'portcullis'",
    ),
    Change("a label less", ("label", "serviceaccount/hash", "app.kubernetes.io/part-of-"), "ServiceAccount hash: metadata.labels."),
    Change(
        "a policy changed",
        ("patch", "networkpolicy/from-outside", "--type=json", f"--patch={json.dumps(_POLICY)}"),
        "NetworkPolicy from-outside: spec.ingress",
    ),
    Change("a policy deleted", ("delete", "networkpolicy/default-deny"), "NetworkPolicy default-deny: is missing"),
    Change(
        "another target",
        ("patch", "hpa/hash", "--type=json", f"--patch={json.dumps(_BUSY)}"),
        "HorizontalPodAutoscaler hash: spec.metrics[0]",
    ),
    Change(
        "a larger quota",
        ("patch", "quota/hash", "--type=json", f"--patch={json.dumps(_ROOM)}"),
        "ResourceQuota hash: spec.hard.pods is '40', wanted '15'",
    ),
    Change("a ConfigMap", ("create", "configmap", "stranger", "--from-literal=a=b"), "ConfigMap stranger: belongs to no release"),
    Change("a Secret", ("create", "secret", "generic", "stranger", "--from-literal=a=b"), "Secret stranger: belongs to no release"),
    Change("an account", ("create", "serviceaccount", "stranger"), "ServiceAccount stranger: belongs to no release"),
    Change("a role", ("create", "role", "stranger", "--verb=get", "--resource=configmaps"), "Role stranger: belongs to no release"),
    Change("a policy more", ("create", "--filename=-"), "NetworkPolicy stranger: belongs to no release", _ALLOWED),
    Change("no replicas", ("scale", "deployment/hash", "--replicas=0"), "Deployment hash: spec.replicas is 0, wanted '2 to 10'"),
)


def prove(run: Run) -> None:
    """Make every change, see each named, repair all by one deployment and see nothing left. Raises `FindingError` when one escapes.

    An interrupted proof is mended by the next `deploy`, as every drift is.
    """
    commit.require_clean(run.commit)
    place = run.workspace
    good = release.kept(place)[-1]
    if before := stage.look(run, good):
        raise FindingError(f"the cluster has drifted already: {before[0]}", fix="nox -s deploy")
    with console.ticking(f"making {len(CHANGES)} changes by hand, and repairing them", 90):
        for change in CHANGES:
            kubectl.run(place, "--namespace", NAMESPACE, *change.words, stdin=_stdin(place, change))
        named = stage.look(run, good)
        release.deploy(run)
        left = stage.look(run, good)
    rows = seen(CHANGES, named)
    run.figures.update(changes=rows, named=named, left=left)
    console.show(table(rows))
    if faults := [f"{what} is not named" for what, line in rows.items() if not line] + [f"left after deploy: {line}" for line in left]:
        raise FindingError("; ".join(faults[:3]), fix="read the stage's log, and pipeline/drift")
    run.summary = f"{len(CHANGES)} changes by hand: each named by drift, all repaired by one deployment"


def seen(changes: Sequence[Change], named: Sequence[str]) -> dict[str, str]:
    """The line that names each change, empty where none does."""
    return {change.what: next((line for line in named if line.startswith(change.named)), "") for change in changes}


def _stdin(place: Workspace, change: Change) -> str | None:
    """What `create --filename=-` reads: the object of the change, a pod being one of the release under another name."""
    if change.content is None:
        return None
    if change.content["kind"] != "Pod":
        return json.dumps(change.content)
    (deployment,) = kubectl.get(place, "--namespace", NAMESPACE, "deployment", "hash")
    template = deployment["spec"]["template"]
    labels = template["metadata"]["labels"] | {"app.kubernetes.io/name": "stranger"}
    return json.dumps({**change.content, "metadata": {"name": "stranger", "labels": labels}, "spec": template["spec"]})


def table(rows: dict[str, str]) -> Table:
    """Draw one line per change."""
    drawn = Table(pad_edge=False)
    for heading in ("changed by hand", "named as"):
        drawn.add_column(heading)
    for what, line in rows.items():
        drawn.add_row(what, line or "[red]not named[/red]")
    return drawn
