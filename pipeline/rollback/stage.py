"""The stage `rollback-proof`: every kind of bad release, brought by the real path to a service that is asked all the time.

Each must be noticed, the old release be whole again within 90 s, no user see a failed or wrong answer, the second try be as red as the
first, and a corrected commit be released.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from rich.table import Table

from pipeline import commit, console, locks, release
from pipeline.cluster import access
from pipeline.errors import FindingError, PipelineError, UsageError
from pipeline.load import figures, generator
from pipeline.load.generator import Answer
from pipeline.look import Release
from pipeline.release import Kept
from pipeline.rollback import bench, kinds
from pipeline.rollback.bench import Bench
from pipeline.rollback.kinds import Kind
from pipeline.stage import Run
from pipeline.terraform import Module

log = logging.getLogger(__name__)

WHOLE_SECONDS = 90.0
_RATE = 30  # on kept connections, and as many on new ones
_CALM_SECONDS = 2.0
_ESTIMATE = 100


@dataclass(frozen=True)
class Attempt:
    """One try to release: the error's line (empty: it was released), what noticed the fault, and the seconds until then and until whole."""

    error: str
    by: str
    noticed: float
    whole: float


@dataclass(frozen=True)
class Outcome:
    """What became of one kind of bad release, and what users saw of it."""

    kind: str
    expected: str
    first: Attempt
    second: Attempt
    fixed: str
    """Why the corrected commit was not released, empty when it was."""
    requests: int
    failed: int
    wrong: int
    reasons: tuple[str, ...]


def prove(run: Run) -> None:
    """Bring every bad release under load. Raises `FindingError` when one of them did harm. `-- --kind=WORD` for those of a name.

    Whatever happens, this commit's release is planned again by the next `deploy`, which mends what an interruption left.
    """
    commit.require_clean(run.commit)
    place = run.workspace
    chosen = choose(run.arguments, kinds.known(place))
    with locks.held(place, "deployment"), access.kubeconfig(place) as credential:
        current = Kept(release.tested_release(run), place.root / "terraform")
        with bench.clone(place, credential) as table_of_work, console.ticking("bringing bad releases", _ESTIMATE * len(chosen)):
            outcomes = list(_each(table_of_work, chosen, current))
        console.progress("rollback-proof: bringing this commit's release back")
        release.bring(run, current.release, Module(place, current.module, credential), [], gated=False)
    run.figures["outcomes"] = [asdict(outcome) for outcome in outcomes]
    console.show(table(outcomes))
    if faults := [fault for outcome in outcomes for fault in judge(outcome)]:
        raise FindingError("; ".join(faults[:3]), fix="read the stage's log, and pipeline/trial.py or pipeline/watch.py")
    slowest = max(outcome.first.whole for outcome in outcomes)
    requests = sum(outcome.requests for outcome in outcomes)
    run.summary = f"{len(outcomes)} bad releases noticed, whole again within {slowest:.0f} s; {requests} requests: 0 failed, 0 wrong"


def choose(arguments: Sequence[str], known: Sequence[Kind]) -> tuple[Kind, ...]:
    """The kinds that the words after `--` name, all by default. Raises `UsageError` when they name none."""
    words = [word.removeprefix("--kind=") for word in arguments if word.startswith("--kind=")]
    chosen = tuple(kind for kind in known if not words or any(word in kind.name for word in words))
    if not chosen or len(words) != len(arguments):
        raise UsageError(f"{' '.join(arguments)} names no kind of bad release", fix=f"--kind=WORD of: {', '.join(k.name for k in known)}")
    return chosen


def _each(work: Bench, chosen: Sequence[Kind], current: Kept) -> Iterator[Outcome]:
    """Bring one bad release after the other. What is corrected is the good one of the next."""
    good = current
    for kind in chosen:
        console.progress(f"rollback-proof: a release that {kind.name}")
        bad, mended = work.spoil(kind), work.mend()
        with generator.mixed(work.place, rate=_RATE) as answers:
            time.sleep(_CALM_SECONDS)
            first, second = _bring(work, bad, good), _bring(work, bad, good)
            fixed = _bring(work, mended, good)
            time.sleep(_CALM_SECONDS)
        outcome = _outcome(kind, first, second, fixed, answers)
        log.info("%s: noticed by %s: %s", kind.name, first.by or "nothing", first.error)
        log.debug("%s", outcome)
        yield outcome
        if not fixed.error:
            # Its tree is the one that was cloned: the folder of the bench shows another one soon.
            good, gone = Kept(mended, current.module), [bad, *([good.release] if good != current else [])]
            for each in gone:
                work.forget(each)


def _bring(work: Bench, wanted: Release, good: Kept) -> Attempt:
    """Try to release, as `deploy` does it."""
    run, module = work.checkout(wanted)
    began = time.monotonic()
    try:
        release.bring(run, wanted, module, [good], gated=False)
    except PipelineError as error:
        failed = run.figures.get("failed", {})
        whole = round(time.monotonic() - began, 1)
        return Attempt(error.what, failed.get("by", ""), failed.get("noticed", 0.0), whole)
    return Attempt("", "", 0.0, round(time.monotonic() - began, 1))


def _outcome(kind: Kind, first: Attempt, second: Attempt, fixed: Attempt, answers: list[Answer]) -> Outcome:
    total = figures.of(answers)
    reasons = tuple(figures.reasons(answers)[:3])
    return Outcome(kind.name, kind.noticed_by, first, second, fixed.error, total.requests, total.failed, total.wrong, reasons)


def judge(outcome: Outcome) -> list[str]:
    """Return the harm that a bad release did, in words; empty when it did none."""
    faults = []
    for number, attempt in (("first", outcome.first), ("second", outcome.second)):
        if not attempt.error:
            faults.append(f"the {number} apply was green")
        elif "runs again and answers" not in attempt.error:
            faults.append(f"after the {number} apply the old release does not run: {attempt.error}")
        elif attempt.whole > WHOLE_SECONDS:
            faults.append(f"the {number} apply took {attempt.whole:.0f} s until the old release was whole, {WHOLE_SECONDS:.0f} are allowed")
    if outcome.first.error and outcome.first.by != outcome.expected:
        faults.append(f"it was noticed by the {outcome.first.by or 'pipeline'}, expected was the {outcome.expected}")
    if outcome.failed or outcome.wrong:
        faults.append(f"{outcome.failed} of {outcome.requests} requests failed, {outcome.wrong} wrongly ({', '.join(outcome.reasons)})")
    if outcome.fixed:
        faults.append(f"the corrected commit was not released: {outcome.fixed}")
    return [f"a release that {outcome.kind}: {fault}" for fault in faults]


def table(outcomes: Sequence[Outcome]) -> Table:
    """Draw one line per kind."""
    drawn = Table(pad_edge=False)
    for heading in ("a release that", "noticed by", "noticed s", "whole s", "second", "corrected", "requests", "failed", "wrong"):
        drawn.add_column(heading, justify="left" if heading in {"a release that", "noticed by"} else "right")
    for each in outcomes:
        colour = "red" if each.second.error else "green"
        times = (f"{each.first.noticed:.0f}", f"{each.first.whole:.0f}")
        seen = (str(each.requests), str(each.failed), str(each.wrong))
        drawn.add_row(each.kind, each.first.by, *times, colour, "no" if each.fixed else "yes", *seen)
    return drawn
