"""The stage `load`: the rate that is promised, held for a while without one bad answer, then the highest that must be held.

`-- --long`: for a minute, then as far as it goes, beside a bare process and a textbook service (see `comparison`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from rich.table import Table

from pipeline import console
from pipeline.errors import FindingError, ReleaseError
from pipeline.load import changes, comparison, figures, form, generator, subjects, usage
from pipeline.load.comparison import Step
from pipeline.load.figures import Figures
from pipeline.load.generator import Answer
from pipeline.settings import Settings
from pipeline.stage import Run
from pipeline.workspace import Workspace

# Another guest of the same machine makes a window late, never early: the time to answer is the best window's, failures are everybody's.
_WINDOWS = 3
_WARM_UP_SECONDS, _SHORT_SECONDS, _LONG_SECONDS = 3, 15, 60
_HOT_SECONDS = 40
_ESTIMATES = {False: 30, True: 420}


def load(run: Run) -> None:
    """Ask the deployed service. Raises `FindingError` when the promise does not hold, or a goal of the long form is missed."""
    place, long = run.workspace, form.is_long("load", run.arguments)
    with console.ticking("asking the service at rising rates", _ESTIMATES[long]):
        generator.send(place, place.url, rate=place.settings.load_rate, seconds=_WARM_UP_SECONDS)
        windows, faults = promise(place, _LONG_SECONDS if long else _SHORT_SECONDS, run.commit.sha)
        steps = [] if faults else _compare(run) if long else _held(place)
    memory = max(usage.of_namespace(place, changes.NAMESPACE).memory.values())
    run.figures.update(windows=[asdict(window) for window in windows], steps=[asdict(step) for step in steps], memory_mib=round(memory, 1))
    _show(windows, steps)
    faults = faults or comparison.judge(steps, place.settings, comparison.GOALS if long else comparison.GOALS[:1])
    if faults:
        raise FindingError("; ".join(faults), fix="find what the service waits for: ./run -s load -- --long")
    promised = windows[-1]
    run.summary = (
        f"{promised.requests} requests at {place.settings.load_rate}/s: 0 failed, p99 {promised.p99} ms; "
        f"{comparison.sentence(steps)}; at most {memory:.0f} MiB an instance"
    )


def promise(place: Workspace, seconds: int, commit: str) -> tuple[list[Figures], list[str]]:
    """Ask at the promised rate until a window of `seconds` is held. Return every window, and what the last of them lacked."""
    windows: list[Figures] = []
    faults: list[str] = []
    for _ in range(_WINDOWS):
        answers = generator.send(place, place.url, rate=place.settings.load_rate, seconds=seconds)
        windows.append(figures.of(answers))
        faults = judge(windows[-1], answers, place.settings, commit)
        if not faults or windows[-1].failed:
            break
    return windows, faults


def _held(place: Workspace) -> list[Step]:
    """Ask at half the highest promised rate, then at that."""
    most = place.settings.load_most
    return list(comparison.climb(place, [subjects.cluster(place)], (most // 2, most), seconds=4))


def _compare(run: Run) -> list[Step]:
    """Ask all three services. Before, the autoscaler is given what to do: instances that start would slow everybody's first rates down."""
    place = run.workspace
    with subjects.three(place, f"{place.settings.image}:{run.commit.tag}") as three:
        generator.send(place, place.url, rate=place.settings.load_most, seconds=_HOT_SECONDS, keep_alive=False)
        changes.await_whole(place)
        return list(comparison.climb(place, three, comparison.LADDER, seconds=6))


def judge(found: Figures, answers: list[Answer], settings: Settings, commit: str) -> list[str]:
    """Return in what the promised load was not held, empty when it was. Raises `ReleaseError` when another release answers."""
    if others := set(found.commits) - {commit}:
        raise ReleaseError(f"{', '.join(sorted(others))[:80]} answers, deployed is {commit}", fix="nox -s deploy")
    faults = [f"{found.failed} of {found.requests} requests failed: {reason}" for reason in figures.reasons(answers)[:1]]
    if found.p99 > settings.load_p99_ms:
        faults.append(f"p99 is {found.p99} ms, promised are {settings.load_p99_ms}")
    return faults


def _show(windows: Sequence[Figures], steps: Sequence[Step]) -> None:
    console.show(table(windows))
    if steps:
        console.show(comparison.table(steps))


def table(windows: Sequence[Figures]) -> Table:
    """Draw one line per window at the promised rate."""
    drawn = Table(pad_edge=False)
    for heading in ("requests", "good/s", "failed", "p50 ms", "p99 ms", "p99.9 ms", "most ms", "instances"):
        drawn.add_column(heading, justify="right")
    for each in windows:
        values = (each.requests, each.per_second, each.failed, each.p50, each.p99, each.p999, each.most, each.instances)
        drawn.add_row(*(str(value) for value in values))
    return drawn
