"""The session `cloud-proof`: a registry, a second cluster of two zones, the same Terraform, and what must not get through."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from pipeline import commit, console, image, locks, release
from pipeline.attest import stage as attestation
from pipeline.cloud import ingress, judge, nodes, registry, rollout, spec, wrong
from pipeline.cloud.certificates import Authority
from pipeline.cloud.registry import Registry
from pipeline.cloud.rollout import Target
from pipeline.cloud.wrong import Bench, Refusal
from pipeline.cluster import access, images
from pipeline.errors import FindingError, IntegrityError
from pipeline.look import Release
from pipeline.stage import Run
from pipeline.workspace import Workspace

_CONTROLLER = "skipper"
_NOT_DONE = (
    "autoscaling: the second cluster has no metrics server; the autoscaler keeps the fewest instances",
    "admission policies: they name the main cluster's parts, and are not in force in the second one",
    "a cloud's own load balancer: a Service with the nodes' addresses stands for it",
)


def prove(run: Run) -> None:
    """Deploy this commit's attested image to a second cluster by digest, judge what runs, and give it every wrong input.

    Whatever happens, the cluster and the registry are gone afterwards. Raises `FindingError` for what is not as promised.
    """
    commit.require_clean(run.commit)
    wanted = release.tested_release(run)
    attestation.confirm(run, wanted.image_id)
    second = spec.second(run.workspace)
    with locks.held(run.workspace, "cloud"):
        nodes.destroy(second)  # what a killed run has left
        try:
            refused, figures = _proved(run, second, wanted)
        finally:
            nodes.destroy(second)
    run.figures.update(figures, refused=[asdict(each) for each in refused], not_verified=list(_NOT_DONE))
    console.show(table(refused))
    for words in _NOT_DONE:
        console.progress(f"UNVERIFIED: {words}")
    zones = ", ".join(f"zone {zone}: {count}" for zone, count in sorted(figures["zones"].items()))
    run.summary = (
        f"{figures['reference'].rpartition('@')[2][:19]} pulled and run ({zones}), answered by name through TLS; {len(refused)} refused"
    )


def _proved(run: Run, second: Workspace, wanted: Release) -> tuple[list[Refusal], dict[str, Any]]:
    seconds: dict[str, float] = {}
    authority = Authority("portcullis cloud-proof")
    with _timed(seconds, "cluster"):
        made = nodes.create(second)
    with _timed(seconds, "registry and push"):
        kept = registry.run(second, authority)
        target, controller = _push(run, kept, wanted)
    trusted = spec.trust_folder(second.settings.registry)
    for node in made:
        nodes.put(node, f"{trusted}/ca.crt", authority.certificate, "0644")
        nodes.put(node, f"{trusted}/hosts.toml", kept.trust())
    nodes.grant(second)
    ingress.certificate(second, authority.issue([spec.HOST]))
    with _timed(seconds, "ingress controller"):
        ingress.install(second, controller, made)
    with access.kubeconfig(second) as credential:
        used, records = rollout.module(second, credential), run.evidence / "cloud"
        with _timed(seconds, "plan, gates and apply"):
            plan = rollout.bring(used, target, records)
        zones = rollout.look_at(second, target)
        asked, closed = rollout.ask(second, target, made), rollout.closed(second, made)
        other = _archive(second, "registry")  # one that no node has pulled: what is there already is not asked for again
        bench = Bench(used, target, kept, made, image.make(run.workspace, run.commit).archive, other, records / "wrong")
        with _timed(seconds, "wrong inputs"):
            refused = wrong.refuse(bench)
    figures = {"reference": target.reference, "plan": plan.summary, "zones": zones, "asked": asked, "closed": closed, "seconds": seconds}
    return refused, figures


def _push(run: Run, kept: Registry, wanted: Release) -> tuple[Target, str]:
    """Push the tested image and the controller's; return the release and the controller's reference, both by the digests answered.

    Raises `IntegrityError` when what the registry has is not the tested image, `FindingError` when it serves who has no password.
    """
    digest = kept.push(image.make(run.workspace, run.commit).archive, kept.repository, wanted.commit)
    manifest, configuration = kept.manifest(kept.repository, digest), kept.configuration(kept.repository, digest)
    if faults := judge.pushed(manifest, configuration, wanted.image_id):
        raise IntegrityError(f"what the registry has is not what was tested: {faults[0]}", fix="nox -s integrate")
    if not kept.refuses_strangers():
        raise FindingError("the registry serves who brings no password", fix="correct pipeline/cloud/registry.py")
    controller = kept.push(_archive(kept.place, _CONTROLLER), _CONTROLLER, "proof")
    return rollout.target(kept.place, wanted.commit, digest, wanted.image_id), f"{kept.place.settings.registry}/{_CONTROLLER}@{controller}"


def _archive(second: Workspace, name: str) -> Path:
    ((_, archive),) = images.archives(second, [registry.of(second, name)]).items()
    return archive


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    began = time.monotonic()
    console.progress(f"cloud: {name}")
    yield
    seconds[name] = round(time.monotonic() - began, 1)


def table(refused: Sequence[Refusal]) -> Table:
    """Draw one line per wrong input, and one per thing that is not done."""
    drawn = Table(pad_edge=False)
    for heading in ("wrong input", "seconds", "refused with"):
        drawn.add_column(heading, justify="right" if heading == "seconds" else "left", overflow="fold")
    for each in refused:
        drawn.add_row(each.title, str(each.seconds), each.line)
    for words in _NOT_DONE:
        drawn.add_row(words.partition(":")[0], "", "[yellow]UNVERIFIED[/]")
    return drawn


def sweep(place: Workspace) -> None:
    """Take away what a killed run of this session has left, for `nox -s destroy`."""
    nodes.destroy(spec.second(place))
