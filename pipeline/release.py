"""A release: load the image, plan, try a pod, apply exactly that plan, look; on a mismatch go back to the last good one and stay red.

The state folder's releases.json holds the releases that were seen to run, newest last. A bad one never enters it, and since going back
also takes Terraform's state back, the next apply of a bad commit plans, fails and is red again.
"""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipeline import commit, engine, evidence, locks, look, store, trial
from pipeline.attest import stage as attestation
from pipeline.cluster import access, images
from pipeline.drift import repair
from pipeline.errors import BusyError, FindingError, PipelineError, ReleaseError
from pipeline.gates import plan as gates_plan
from pipeline.gates import stages
from pipeline.look import Release
from pipeline.stage import Run
from pipeline.terraform import NO_CHANGES, Module
from pipeline.watch import HopelessError, Watch
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

_KEPT = 10
_SETTLE_SECONDS = 60.0


@dataclass(frozen=True)
class Kept:
    """A release that was seen to run, and the folder of its Terraform module."""

    release: Release
    module: Path


def deploy(run: Run) -> None:
    """Bring this commit's tested image to the cluster and prove that it runs.

    Raises `SourceError` for a dirty tree, `BusyError` while another deployment of this clone runs, and `ReleaseError` when the release
    failed: then the previous release runs again, or nothing if there was none.
    """
    commit.require_clean(run.commit)
    place = run.workspace
    with locks.held(place, "deployment"), access.kubeconfig(place) as credential:
        module = Module(place, place.root / "terraform", credential)
        wanted = tested_release(run)
        attestation.confirm(run, wanted.image_id)
        history = known_good(place)
        module.init()
        run.figures["drift"] = repair.prepare(module)
        pods = bring(run, wanted, module, kept(place), gated=True)
        _remember(place, history, wanted)
    run.figures.update(pods=len(pods), attested=wanted.image_id)
    asked = place.url + place.settings.service.probe_path
    run.summary = f"{len(pods)} pods run attested {look.digest(wanted.image_id)[:19]}, each answered {asked}"


def bring(run: Run, wanted: Release, module: Module, before: Sequence[Kept], *, gated: bool) -> tuple[str, ...]:
    """Bring a release and return the pods that run it; `before` are the good ones that can be gone back to, newest last.

    Raises `FindingError` when the plan is refused, `BusyError` when the state is locked, and `ReleaseError` when the release failed, after
    going back if it has changed anything.
    """
    began = time.monotonic()
    try:
        pods = _apply_and_look(run, wanted, module, run.evidence, gated=gated, tried=True)
        if gated:
            _require_attested_pods(run, module)
    except (BusyError, FindingError):
        raise  # the plan was refused, or somebody else has the state: nothing has changed
    except PipelineError as error:
        noticed, by = time.monotonic() - began, run.figures.get("step")
        log.info("release %s failed after %.0f s: %s", wanted.commit[:12], noticed, error.what)
        # One that was seen to run, and that this deployment has not touched: the cause lies elsewhere, and taking it away mends nothing.
        untouched = run.figures.get("plan") == NO_CHANGES and any(good.release == wanted for good in before)
        outcome = "it ran before and nothing of it was changed, so it stays" if untouched else _go_back(run, module, before, wanted)
        whole = time.monotonic() - began
        run.figures["failed"] = {"by": by, "noticed": round(noticed, 1), "whole": round(whole, 1), "reason": error.what}
        raise ReleaseError(
            f"release {wanted.commit[:12]} failed: {error.what}; {outcome}", fix="correct it and commit; until then this stays red"
        ) from error
    return pods


def tested_release(run: Run) -> Release:
    """Return the image that the integration tests passed for. Raises `ReleaseError` when the tag now means another image, or none.

    One that is not attested, for exactly this image and commit, raises `IntegrityError`.
    """
    record = evidence.passed(run.evidence, "integrate")
    reference = f"{run.workspace.settings.image}:{run.commit.tag}"
    if record is None:
        raise ReleaseError(f"{reference} has not passed its integration tests", fix="nox -s integrate")
    # An engine may call an image by another digest than the cluster does: each is compared with its own kind.
    tested = str(record.figures["engine_id"])
    if (found := engine.image_id(reference)) != tested:
        raise ReleaseError(f"{reference} is {found[:19] or 'missing'}, tested was {tested[:19]}", fix="nox -s integrate")
    attested = attestation.require(run, str(record.figures["image_id"]))
    return Release(attested.commit, reference, attested.image_id)


def _require_attested_pods(run: Run, module: Module) -> None:
    """Raise `PipelineError` unless each image that runs is the attested one, by this project's reading of the signatures and cosign's."""
    for image_id in look.images(run.workspace, module.outputs()["namespace"]):
        attestation.confirm(run, attestation.require(run, image_id).image_id)


def _apply_and_look(  # noqa: PLR0913 - what is left out differs from call to call
    run: Run, release: Release, module: Module, records: Path, *, gated: bool, tried: bool
) -> tuple[str, ...]:
    """Plan, judge the plan, try a pod of it, apply it and look. Going back needs neither: what ran before was judged in its day."""
    place = run.workspace
    run.figures["step"] = "plan"
    images.load(place, release.image, release.image_id)
    module.init()
    plan = module.plan(release, records)
    log.info("plan: %s", plan.summary)
    for step in plan.steps:
        log.info("  %s", step)
    run.figures.setdefault("plan", plan.summary)
    if gated:
        _require_green(run)
    deployment = plan.object("Deployment")
    # Without a release before there are no users to keep from this one.
    if tried and deployment is not None and plan.does("~", "Deployment"):
        run.figures["step"] = "trial"
        run.figures["trial"] = trial.run(place, module.kubeconfig, deployment, release)
        log.info("trial: one pod of it answered %(answers)d questions in %(seconds).0f s", run.figures["trial"])
    run.figures["step"] = "rollout"
    try:
        module.apply(plan, Watch(place, deployment["metadata"]["namespace"], release) if deployment else None)
    except HopelessError:
        raise
    except ReleaseError as error:
        # Terraform says that it waited long enough; the pods say what for.
        if reasons := _unready(module, release):
            raise ReleaseError("; ".join(reasons[:3]), fix="read the stage's log") from error
        raise
    run.figures["step"] = "look"
    return verify(module, release)


def apply(run: Run, release: Release) -> None:
    """Bring a release whose image is on the node by this tree's module, and look. The gates judged these very manifests at `deploy`."""
    place = run.workspace
    with access.kubeconfig(place) as credential:
        _apply_and_look(
            run, release, Module(place, place.root / "terraform", credential), run.evidence / "rollout", gated=False, tried=False
        )


def _require_green(run: Run) -> None:
    """Raise `FindingError` when the saved plan would bring anything that a gate refuses."""
    judged = gates_plan.judge_saved(run.workspace, run.evidence)
    log.info("plan: judged by %s", ", ".join(report.tool for report in judged.reports))
    stages.refuse([judged])


def _unready(module: Module, release: Release) -> list[str]:
    """What the cluster shows to be wrong with the release, empty when it shows nothing."""
    try:
        namespace = module.outputs().get("namespace")
        faults = look.cluster(module.place, namespace, release).faults if namespace else ()
    except PipelineError:
        return []
    # Pods of the earlier release still run, as they should, and would only hide the one that cannot start.
    return [fault for fault in faults if "is not ready" in fault] or list(faults)


def verify(module: Module, release: Release) -> tuple[str, ...]:
    """Return the names of the pods that run the release, each of which answered. Raises `ReleaseError` with the first fault otherwise."""
    place, outputs = module.place, module.outputs()
    for name, value in (("image", release.image), ("commit", release.commit), ("image_id", release.image_id), ("url", place.url)):
        if outputs.get(name) != value:
            raise ReleaseError(f"Terraform output {name} is {outputs.get(name)!r}, expected {value!r}", fix="nox -s deploy")
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        # The autoscaler and a finished rollout may still move pods: only a state that lasts is a fault.
        seen = look.cluster(place, outputs["namespace"], release)
        faults = list(seen.faults) or look.answers(place, release, seen.pods)
        if not faults:
            return seen.pods
        if time.monotonic() > deadline:
            raise ReleaseError("; ".join(faults[:3]), fix="nox -s deploy")
        time.sleep(2)


def _go_back(run: Run, module: Module, before: Sequence[Kept], failed: Release) -> str:
    """Bring back the newest good release, or take everything away when there is none; say which in words."""
    good = next((kept for kept in reversed(before) if kept.release != failed), None)
    try:
        if good is None:
            module.destroy(failed)
            return "there was no earlier release, so nothing of it is left"
        log.info("going back to release %s", good.release.commit[:12])
        # With the objects of that release too: what made this one fail may well be in the manifests.
        kept = replace(module, folder=good.module)
        _apply_and_look(run, good.release, kept, run.evidence / "rollback", gated=False, tried=False)
    except PipelineError as error:
        return f"going back failed too: {error.what}"
    return f"release {good.release.commit[:12]} runs again and answers"


def known_good(place: Workspace) -> list[Release]:
    """Return the releases seen to run whose module is kept, oldest first. An unreadable history counts as none."""
    try:
        known = [Release(**entry) for entry in json.loads(_history(place).read_text("utf-8"))]
    except (OSError, ValueError, TypeError):
        return []
    return [release for release in known if _kept_module(place, release).is_dir()]


def kept(place: Workspace) -> list[Kept]:
    """The releases that can be gone back to, oldest first."""
    return [Kept(release, _kept_module(place, release)) for release in known_good(place)]


def _remember(place: Workspace, history: list[Release], release: Release) -> None:
    kept = [*(known for known in history if known != release), release][-_KEPT:]
    copy = _kept_module(place, release)
    if not copy.exists():
        new_copy = copy.with_name(f"{copy.name}.new")
        shutil.rmtree(new_copy, ignore_errors=True)
        shutil.copytree(place.root / "terraform", new_copy)
        new_copy.rename(copy)
    for old in set(copy.parent.iterdir()) - {_kept_module(place, known) for known in kept}:
        shutil.rmtree(old)
    store.write(_history(place), json.dumps([asdict(known) for known in kept], indent=2))


def _kept_module(place: Workspace, release: Release) -> Path:
    return place.state / "releases" / release.commit


def _history(place: Workspace) -> Path:
    return place.state / "releases.json"
