"""The stage `load`: the rate that is promised, held for a while without one bad answer, then the highest rate that can be held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from rich.table import Table

from pipeline import console
from pipeline.errors import FindingError, ReleaseError
from pipeline.load import figures, generator, usage
from pipeline.load.figures import Figures
from pipeline.load.generator import Answer
from pipeline.settings import Settings
from pipeline.stage import Run
from pipeline.workspace import Workspace

NAMESPACE = "hash"
# Another guest of the same machine makes a window late, never early: the time to answer is the best window's, failures are everybody's.
_WINDOWS = 3
_WARM_UP_SECONDS, _SHORT_SECONDS, _LONG_SECONDS = 3, 20, 60
_STEP_SECONDS = {False: 4, True: 15}
_LADDER = (250, 500, 1000, 1500, 2000, 3000, 4000, 6000)
# A rate is held when every answer was good, late ones are few, and the generator itself kept up.
_HELD_P99_MS, _HELD_SHARE = 250.0, 0.95


def load(run: Run) -> None:
    """Ask the deployed service. Raises `FindingError` when the promise does not hold. `-- --long`: for a minute, and longer steps."""
    place, long = run.workspace, "--long" in run.arguments
    seconds = _LONG_SECONDS if long else _SHORT_SECONDS
    with console.ticking("asking the service at rising rates", _WARM_UP_SECONDS + seconds + len(_LADDER) * _STEP_SECONDS[long]):
        generator.send(place, place.url, rate=place.settings.load_rate, seconds=_WARM_UP_SECONDS)
        windows, faults = promise(place, seconds, run.commit.sha)
        steps = [*windows, *([] if faults else climb(place, _STEP_SECONDS[long]))]
    run.figures.update(windows=[asdict(window) for window in windows], steps=[asdict(step) for step in steps])
    console.show(table(steps))
    if faults:
        raise FindingError("; ".join(faults), fix="find what the service waits for: ./run -s load -- --long")
    promised, best = windows[-1], max(filter(held, steps), key=lambda step: step.per_second)
    if best.per_second < place.settings.load_most * _HELD_SHARE:
        raise FindingError(f"{best.per_second:.0f} requests/s can be held, promised are {place.settings.load_most}", fix="give it more CPU")
    run.summary = (
        f"{promised.requests} requests at {place.settings.load_rate}/s: 0 failed, p99 {promised.p99} ms; "
        f"held {best.per_second:.0f}/s, p99 {best.p99} ms"
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


def climb(place: Workspace, seconds: int) -> Iterator[Figures]:
    """Ask at one rate after the other, until one cannot be held."""
    for rate in _LADDER:
        before = usage.of_namespace(place, NAMESPACE)
        step = figures.of(generator.send(place, place.url, rate=rate, seconds=seconds))
        after = usage.of_namespace(place, NAMESPACE)
        cpu, memory = 1000 * after.cpu_since(before) / step.requests, max(after.memory.values())
        console.progress(f"load: {rate}/s: {step.failed} failed, p99 {step.p99} ms, {cpu:.2f} CPU s per 1000, {memory:.0f} MiB an instance")
        yield step
        if not held(step):
            return


def held(step: Figures) -> bool:
    """Whether a rate was held: no bad answer, few late ones, and as many as were meant to be sent."""
    return step.failed == 0 and step.p99 <= _HELD_P99_MS


def judge(found: Figures, answers: list[Answer], settings: Settings, commit: str) -> list[str]:
    """Return in what the promised load was not held, empty when it was. Raises `ReleaseError` when another release answers."""
    if others := set(found.commits) - {commit}:
        raise ReleaseError(f"{', '.join(sorted(others))[:80]} answers, deployed is {commit}", fix="nox -s deploy")
    faults = [f"{found.failed} of {found.requests} requests failed: {reason}" for reason in figures.reasons(answers)[:1]]
    if found.p99 > settings.load_p99_ms:
        faults.append(f"p99 is {found.p99} ms, promised are {settings.load_p99_ms}")
    return faults


def table(steps: list[Figures]) -> Table:
    """Draw one line per rate."""
    drawn = Table(pad_edge=False)
    for heading in ("requests", "good/s", "failed", "p50 ms", "p99 ms", "p99.9 ms", "most ms", "instances"):
        drawn.add_column(heading, justify="right")
    for step in steps:
        values = (step.requests, step.per_second, step.failed, step.p50, step.p99, step.p999, step.most, step.instances)
        drawn.add_row(*(str(value) for value in values))
    return drawn
