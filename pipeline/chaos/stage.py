"""The stage `chaos`: every fault, one after the other, each measured and made good before the next."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import asdict

from rich.table import Table

from pipeline import commit, console, locks, store
from pipeline.chaos import control_plane, killing, measure, node, workloads
from pipeline.chaos.fault import Effect, Fault
from pipeline.errors import FindingError, PipelineError, UsageError
from pipeline.load import timeline
from pipeline.load.generator import Answer
from pipeline.load.timeline import Event
from pipeline.stage import Run

GROUPS = (workloads.GROUP, control_plane.GROUP, node.GROUP, killing.GROUP)
_FAULT, _GROUP = "--fault=", "--group="
# The node's clock is the machine's: Linux gives containers a monotonic clock of their own, never one of the day (time_namespaces(7)).
_NOT_DONE = ("clock skew: a node in a container has no clock of its own, and the machine's is not touched",)


def chaos(run: Run) -> None:
    """Do every fault. Raises `FindingError` when one cost more than it may. `-- --group=NAME`, `-- --fault=ID`: some of them.

    What a fault leaves is mended before the next one. After Ctrl-C the cause is taken away, and `nox -s deploy` mends the rest.
    """
    commit.require_clean(run.commit)
    chosen = choose(run.arguments)
    effects: list[Effect] = []
    with locks.held(run.workspace, "chaos"):
        take_away(run)
        _mend(run)
        try:
            for fault in chosen:
                console.progress(f"chaos: {fault.title}")
                done, event, answers = measure.inflict(run, fault)
                effects.append(done)
                _draw(run, event, answers)
                console.progress(f"chaos: {fault.id}: {done.failed} of {done.requests} failed, whole after {done.recovered} s by {done.by}")
                if done.faults:
                    console.progress(f"chaos: {done.fault}: {'; '.join(done.faults)}")
                    _mend(run)
        finally:
            run.figures.update(effects=[asdict(each) for each in effects], not_verified=list(_NOT_DONE))
    console.show(table(effects))
    for words in _NOT_DONE:
        console.progress(f"UNVERIFIED: {words}")
    if faults := [f"{each.fault}: {fault}" for each in effects for fault in each.faults]:
        raise FindingError("; ".join(faults[:3]), fix=f"look at {run.evidence}/chaos-*.svg and the stage's log")
    slowest = max(effects, key=lambda each: each.recovered or 0)
    requests, failed = sum(each.requests for each in effects), sum(each.failed for each in effects)
    told = f"the slowest ({slowest.fault}) in {slowest.recovered} s; {failed} of {requests} requests failed"
    run.summary = f"{len(effects)} faults, all made good, {told}"


def choose(words: Sequence[str]) -> list[Fault]:
    """Return the faults that the words after `--` name, all without words. Raises `UsageError` for a word that names none."""
    named = {f"{_GROUP}{group.name}": group.faults for group in GROUPS}
    named |= {f"{_FAULT}{fault.id}": (fault,) for group in GROUPS for fault in group.faults}
    if unknown := [word for word in words if word not in named]:
        raise UsageError(f"{unknown[0]!r} is no fault", fix=f"choose among {', '.join(named)}")
    wanted = {fault.id for word in words for fault in named[word]}
    return [fault for group in GROUPS for fault in group.faults if not words or fault.id in wanted]


def take_away(run: Run) -> None:
    """Take away the causes that a killed run of this stage may have left: each fault knows its own, and finds none where there is none."""
    for group in GROUPS:
        for fault in group.faults:
            with contextlib.suppress(PipelineError):
                fault.undo(run)


def _mend(run: Run) -> None:
    """Bring everything back when something is wrong, by the commands that a person would type. Raises `CommandError` when they fail."""
    if measure.faults(run.workspace):
        measure.nox(run, ("deploy",))


def _draw(run: Run, event: Event, answers: Sequence[Answer]) -> None:
    picture = timeline.draw(answers, [event], {run.commit.sha: "this release"})
    store.write(run.evidence / f"chaos-{event.name}.svg", picture)


def table(effects: Sequence[Effect]) -> Table:
    """Draw one line per fault, and one per fault that cannot be done here."""
    drawn = Table(pad_edge=False)
    for heading in ("fault", "requests", "failed", "longest outage", "whole after", "by", "verdict"):
        drawn.add_column(heading, justify="left" if heading in {"fault", "by", "verdict"} else "right", overflow="fold")
    for each in effects:
        whole = "never" if each.recovered is None else f"{each.recovered} s"
        verdict = "[red]" + "; ".join(each.faults) + "[/]" if each.faults else "[green]as allowed[/]"
        drawn.add_row(each.title, str(each.requests), str(each.failed), f"{each.outage} s", whole, each.by, verdict)
    for words in _NOT_DONE:
        drawn.add_row(words.partition(":")[0], "", "", "", "", "", "[yellow]UNVERIFIED[/]")
    return drawn
