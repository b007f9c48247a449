"""The stage `drift`: whether the cluster still is what was released last. It reads, and changes nothing; `deploy` repairs what it names."""

from __future__ import annotations

import logging

from pipeline import locks, release
from pipeline.cluster import access
from pipeline.drift import fields, strangers
from pipeline.errors import FindingError, ReleaseError
from pipeline.release import Kept
from pipeline.stage import Run
from pipeline.terraform import Module

log = logging.getLogger(__name__)

_WORDS = {"+": "is missing", "~": "is not as Terraform left it", "-": "is not part of the release", "-/+": "has to be made anew"}


def check(run: Run) -> None:
    """Name every deviation from the release that runs, one a line. Raises `FindingError` when there is one."""
    place = run.workspace
    known = release.kept(place)
    if not known:
        raise ReleaseError("nothing has been released yet", fix="nox -s deploy")
    with locks.held(place, "deployment"):
        found = look(run, known[-1])
    run.figures["drift"] = found
    commit = known[-1].release.commit[:12]
    for line in found:
        log.info("  %s", line)
    if found:
        raise FindingError(f"{len(found)} deviations from release {commit}, the first: {found[0]}", fix="nox -s deploy")
    run.summary = f"the cluster is what release {commit} made it, field by field, and nothing else is in its namespace"


def look(run: Run, good: Kept) -> list[str]:
    """Return a line for each deviation: of the plan, of a field, or a stranger."""
    place = run.workspace
    with access.kubeconfig(place) as credential:
        module = Module(place, good.module, credential)
        module.init()
        plan = module.plan(good.release, run.evidence / "drift")
        plan.file.unlink()  # nobody applies it
    ours = {fields.key(each) for each in plan.objects}
    edited = [line for each in fields.changed(place, module.overlay) for line in each.lines]
    extra = [str(each) for space in strangers.existing(place, [access.namespace(place)]) for each in strangers.find(place, space, ours)]
    return [*(phrase(step) for step in plan.steps), *edited, *extra]


def phrase(step: str) -> str:
    """Turn a plan's step into the deviation that it would repair."""
    symbol, kind, name = step.split()
    return f"{kind} {name}: {_WORDS[symbol]}"
