"""Does a fault to the service under constant load, and measures what it cost and how long it took until everything was whole again."""

from __future__ import annotations

import time
from collections.abc import Sequence

from pipeline import console, engine, look, process, release
from pipeline.chaos import inside, kept, killing
from pipeline.chaos.fault import Effect, Fault
from pipeline.cluster import health, running
from pipeline.errors import PipelineError
from pipeline.load import figures, generator
from pipeline.load.changes import NAMESPACE
from pipeline.load.generator import Answer
from pipeline.load.timeline import Event
from pipeline.stage import Run
from pipeline.workspace import Workspace

_CALM_SECONDS, _STEADY_SECONDS, _CURE_SECONDS = 3.0, 5.0, 1500.0


def inflict(run: Run, fault: Fault) -> tuple[Effect, Event, list[Answer]]:
    """Cause a fault under load, take the cause away, and wait until everything is whole again, by the fault's cure if it has one."""
    place, before = run.workspace, kept.read(run)
    rate = place.settings.load_rate // 2
    with generator.mixed(place, rate=rate) as answers:
        time.sleep(_CALM_SECONDS)
        began = time.time()
        recovered, ended, found = _suffer(run, fault)
        time.sleep(_CALM_SECONDS)
    mine = [answer for answer in answers if answer.sent >= began]
    found = restless(answers, began) + found + kept.lost(before, kept.read(run))
    return effect(fault, mine, recovered, found), Event(fault.id, began, ended), answers


def _suffer(run: Run, fault: Fault) -> tuple[float | None, float, list[str]]:
    """Do it and undo it. Return the seconds until all was whole (None: it never was), when that was in Unix time, and what went wrong."""
    found: list[str] = []
    try:
        fault.do(run)
        time.sleep(fault.seconds)
    except PipelineError as error:
        found.append(error.what)
    finally:
        free, clock = time.time(), time.monotonic()
        fault.undo(run)
    try:
        if fault.cure:
            nox(run, fault.cure)
    except PipelineError as error:
        found.append(error.what)
    whole_at = await_whole(run.workspace, clock + fault.allowed.seconds, found)
    return (None, time.time(), found) if whole_at is None else (max(whole_at - clock, 0.0), free + whole_at - clock, found)


def nox(run: Run, words: tuple[str, ...]) -> None:
    """Run what a person would type. Raises `CommandError` with its last lines when it ends red."""
    console.progress(f"chaos: nox -s {' '.join(words)}")
    process.run(killing.command(words), timeout=_CURE_SECONDS, cwd=run.workspace.root, env=killing.environment())


def await_whole(place: Workspace, deadline: float, found: list[str]) -> float | None:
    """Wait until nothing is wrong for a while, and return since when (monotonic). Past the deadline: None, and what is still wrong."""
    since: float | None = None
    while True:
        asked = time.monotonic()
        wrong = faults(place)
        since = (asked if since is None else since) if not wrong else None
        if since is not None and time.monotonic() - since >= _STEADY_SECONDS:
            return since
        if since is None and asked > deadline:
            found += wrong[:2]
            return None
        time.sleep(1)


def faults(place: Workspace) -> list[str]:
    """Return what is wrong with node, control plane, release or answers; empty when all of it is whole."""
    try:
        if not engine.container(place.name).get("State", {}).get("Running"):
            return ["the node does not run"]
        good = release.known_good(place)[-1]
        found = inside.missing(place) + health.faults(place) + running.differences(running.flags(place))
        seen = look.cluster(place, NAMESPACE, good)
        return found + list(seen.faults) or look.answers(place, good, seen.pods)
    except PipelineError as error:
        return [error.what]


def effect(fault: Fault, answers: Sequence[Answer], recovered: float | None, found: Sequence[str]) -> Effect:
    """Sum up what users saw of a fault and judge it by what is allowed."""
    total = figures.of(answers)
    gap = round(outage(answers), 1)
    allowed, faults = fault.allowed, list(found)
    if total.error_rate > allowed.failed:
        faults.append(f"{total.failed} of {total.requests} requests failed ({', '.join(figures.reasons(answers)[:2])})")
    if gap > allowed.outage:
        faults.append(f"no good answer for {gap} s, allowed are {allowed.outage:g}")
    if recovered is None or recovered > allowed.seconds:
        faults.append(f"not whole within {allowed.seconds:g} s")
    if total.wrong:
        faults.append(f"{total.wrong} answers were wrong")
    by = f"nox -s {' '.join(fault.cure)}" if fault.cure else "itself"
    seconds = None if recovered is None else round(recovered, 1)
    return Effect(fault.id, fault.title, total.requests, total.failed, total.wrong, gap, seconds, by, tuple(faults))


def restless(answers: Sequence[Answer], began: float) -> list[str]:
    """Return that requests failed before anything was done: on a machine that is short of CPU the fault is not to blame for what comes."""
    calm = [answer for answer in answers if answer.sent < began]
    failed = sum(answer.failed for answer in calm)
    return [f"{failed} of {len(calm)} requests failed before it began"] if failed else []


def outage(answers: Sequence[Answer]) -> float:
    """The longest time in seconds from a request that failed to the next that did not, with no good one in between; `answers` in order."""
    longest, since = 0.0, None
    for answer in answers:
        if answer.failed and since is None:
            since = answer.sent
        if since is not None:
            longest = max(longest, answer.sent - since)
        if not answer.failed:
            since = None
    return longest
