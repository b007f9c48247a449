"""The stage `soak`: three times the promised rate for ten minutes. Memory that grows, a restart or one failed request makes it red."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from rich.table import Table

from pipeline import console, kubectl, store
from pipeline.errors import CommandError, FindingError, UsageError
from pipeline.load import curves, figures, generator, trend, usage
from pipeline.load.changes import NAMESPACE
from pipeline.load.figures import Figures
from pipeline.load.trend import Trend
from pipeline.stage import Run
from pipeline.workspace import Workspace

_OPTION, _MINUTES, _FEWEST_MINUTES, _MOST_MINUTES = "--minutes=", 10, 3, 14  # the generator stops by itself after 15
_TIMES_PROMISED, _EVERY_SECONDS = 3, 5.0
# A new load makes arenas, buffers and connections grow to their size first.
_WARM_UP_SECONDS = 90.0
# An instance has some 100 MiB of room: at three times the promised rate they would last for ten hours, at the promised one for a day.
_MOST_MIB_PER_HOUR = 10.0
# Generator and service share the machine; between two segments of the load nothing is sent for a moment.
_LEAST_SENT = 0.85

Series = Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True)
class Watched:
    """Memory in MiB over Unix time, by container ID, and how often the instances had been restarted before and after."""

    memory: Series
    restarts: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Judged:
    """The trend of every instance that was there long enough, in MiB per hour, and what is wrong."""

    trends: Mapping[str, Trend] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


def soak(run: Run) -> None:
    """Ask for a while and watch. Raises `FindingError` when memory grows, an instance was restarted, or a request failed."""
    place, seconds = run.workspace, minutes(run.arguments) * 60
    rate = place.settings.load_rate * _TIMES_PROMISED
    with (
        console.ticking(f"asking {rate} times a second and watching memory", seconds),
        generator.sustained(place, place.url, rate=rate, keep_alive=True) as answers,
    ):
        watched = watch(place, seconds)
    total = figures.of(answers)
    judged = judge(watched, total, fewest=place.settings.replicas_min, wanted=rate * seconds)
    picture = run.evidence / "soak.svg"
    store.write(picture, curves.draw(watched.memory, [(answer.sent, answer.seconds * 1000) for answer in answers]))
    trends = {name: asdict(each) for name, each in judged.trends.items()}
    run.figures.update(total=asdict(total), trends=trends, restarts=watched.restarts, picture=picture.name)
    console.show(table(watched.memory, judged.trends))
    if judged.faults:
        raise FindingError("; ".join(judged.faults[:3]), fix=f"look at {picture}")
    steepest = max(each.slope for each in judged.trends.values())
    run.summary = (
        f"{total.requests} requests in {seconds // 60} min: {total.failed} failed, p99 {total.p99} ms, 0 restarts; "
        f"memory of {len(judged.trends)} instances flat (steepest {steepest:+.1f} MiB/h)"
    )


def minutes(words: Sequence[str]) -> int:
    """Return the minutes that the words after `--` ask for. Raises `UsageError` for too few to tell a trend, too many, or another word."""
    if not words:
        return _MINUTES
    text = words[-1].removeprefix(_OPTION)
    if len(words) > 1 or text == words[-1] or not (text.isascii() and text.isdigit()) or not _FEWEST_MINUTES <= int(text) <= _MOST_MINUTES:
        raise UsageError(
            f"{' '.join(words)!r} is not understood", fix=f"nox -s soak -- {_OPTION}N, N from {_FEWEST_MINUTES} to {_MOST_MINUTES}"
        )
    return int(text)


def watch(place: Workspace, seconds: float) -> Watched:
    """Sample the memory of every instance for a while."""
    before = restarts(place)
    memory: dict[str, list[tuple[float, float]]] = {}
    until = time.monotonic() + seconds
    while (now := time.monotonic()) < until:
        # A busy node may fail to answer in time: a sample less is no trend less, and too few of them are red.
        with contextlib.suppress(CommandError):
            for name, mib in usage.of_namespace(place, NAMESPACE).memory.items():
                memory.setdefault(name, []).append((time.time(), mib))
        time.sleep(max(now + _EVERY_SECONDS - time.monotonic(), 0))
    return Watched(memory, (before, restarts(place)))


def restarts(place: Workspace) -> int:
    """How often the containers of the living pods have been started again."""
    pods = kubectl.get(place, "--namespace", NAMESPACE, "pods")
    return sum(int(state["restartCount"]) for pod in pods for state in pod["status"].get("containerStatuses", []))


def judge(watched: Watched, total: Figures, *, fewest: int, wanted: int) -> Judged:
    """Judge memory after each instance's warm-up, restarts and answers. `fewest` instances must have been seen long enough."""
    settled = {name: [(when, mib) for when, mib in seen if when >= seen[0][0] + _WARM_UP_SECONDS] for name, seen in watched.memory.items()}
    trends = {name: trend.of(seen) for name, seen in settled.items() if len(seen) >= trend.FEWEST}
    # The lower end of the interval: what grows no matter how the noise is read.
    faults = [
        f"memory of {name[:12]} grows by {each.slope:+.1f} MiB/h ({each.low:+.1f} to {each.high:+.1f}), allowed are {_MOST_MIB_PER_HOUR:g}"
        for name, each in trends.items()
        if each.low > _MOST_MIB_PER_HOUR
    ]
    if len(trends) < fewest:
        faults.append(f"{len(trends)} instances were seen long enough, expected at least {fewest}")
    if watched.restarts[1] > watched.restarts[0]:
        faults.append(f"instances were restarted {watched.restarts[1] - watched.restarts[0]} times")
    if total.failed:
        faults.append(f"{total.failed} of {total.requests} requests failed")
    if total.requests < wanted * _LEAST_SENT:
        faults.append(f"{total.requests} requests were sent, meant were {wanted}")
    return Judged(trends, tuple(faults))


def table(memory: Series, trends: Mapping[str, Trend]) -> Table:
    """Draw one line per instance; one that was not there long enough has no trend."""
    drawn = Table(pad_edge=False)
    for heading in ("instance", "samples", "first MiB", "last MiB", "most MiB", "MiB/h", "95 % interval"):
        drawn.add_column(heading, justify="left" if heading == "instance" else "right")
    for name, seen in memory.items():
        values, each = [mib for _, mib in seen], trends.get(name)
        told = (f"{each.slope:+.1f}", f"{each.low:+.1f} to {each.high:+.1f}") if each else ("too short", "")
        drawn.add_row(name[:12], str(len(seen)), f"{values[0]:.1f}", f"{values[-1]:.1f}", f"{max(values):.1f}", *told)
    return drawn
