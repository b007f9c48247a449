"""The stage `scale`: one instance becomes ten, by hand and by the autoscaler under load, and goes back; nobody may notice."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace

import requests
from rich.table import Table

from pipeline import console, kubectl, locks, store
from pipeline.errors import CommandError, FindingError
from pipeline.load import autoscaler, capacity, changes, figures, generator, timeline
from pipeline.load.autoscaler import Sample
from pipeline.load.capacity import Capacity
from pipeline.load.changes import DEPLOYMENT, NAMESPACE
from pipeline.load.figures import Figures
from pipeline.load.generator import Answer
from pipeline.load.timeline import Event
from pipeline.stage import Run
from pipeline.workspace import Workspace

MANUAL_SECONDS, UP_SECONDS, LEAST_ROOM_PERCENT = 15.0, 120.0, 10
# Another guest of the machine makes a start late, never early: the best try counts.
_TRIES = 3
# What gets through of the highest promised rate on a busy machine may not be worth all instances: then more is asked for, to a bound.
_MORE_AFTER_SECONDS, _MOST_STREAMS = 25.0, 4
_SETTLE_SECONDS, _DOWN_SECONDS, _AFTER_SECONDS = 120.0, 420.0, 10.0


@dataclass(frozen=True)
class Outcome:
    """What was measured. Seconds count from the command or from the first request to the answer of the last instance."""

    manual: float
    up: float | None
    """None: not all instances had answered when time was up."""
    down: float | None
    unknown: int
    """Samples of the autoscaler without a metric."""
    load: Figures
    capacity: Capacity


def scale(run: Run) -> None:
    """Scale the deployed service up and down. Raises `FindingError` when it takes too long, loses an answer or does not fit."""
    place = run.workspace
    least, most = place.settings.replicas_min, place.settings.replicas_max
    with (
        locks.held(place, "deployment"),
        console.ticking("scaling the service by hand, then by load", 420),
    ):
        with autoscaler.away(place):
            by_hand, fits = _by_hand(place, most)
            changes.scale(place, least)
        autoscaler.await_calm(place, least)
        answers, samples, events = _by_load(place)
    began = events[0].began
    total = figures.of(answers)
    outcome = Outcome(
        by_hand,
        rise(answers, began, most),
        fall(samples, events[1].began, least),
        sum(each.percent is None for each in samples),
        total,
        fits,
    )
    picture = run.evidence / "scale.svg"
    counts = [(each.time, each.current) for each in samples]
    store.write(picture, timeline.draw(answers, events, {run.commit.sha: "this release"}, instances=counts))
    run.figures.update(asdict(outcome), picture=picture.name, samples=[asdict(each) for each in samples])
    console.show(table(outcome))
    if faults := judge(outcome, most):
        raise FindingError("; ".join(faults[:3]), fix=f"look at {picture}")
    run.summary = (
        f"{most} instances after {by_hand:.1f} s by hand, after {outcome.up:.0f} s by load, back after {outcome.down:.0f} s; "
        f"{total.requests} requests, 0 failed; {fits.room} % of the memory left"
    )


def _by_hand(place: Workspace, most: int) -> tuple[float, Capacity]:
    """Scale from one to `most`, a few times if it is slow. Return the best time, and how much memory the last left."""
    times: list[float] = []
    while len(times) < _TRIES and not (times and min(times) <= MANUAL_SECONDS):
        changes.scale(place, 1)
        began = time.monotonic()
        kubectl.run(place, "-n", NAMESPACE, "scale", DEPLOYMENT, f"--replicas={most}")
        _hear(place, most)
        times.append(round(time.monotonic() - began, 1))
        console.progress(f"scale: 1 to {most} by hand: every instance answered after {times[-1]} s")
    return min(times), _measured(place, most)


def _hear(place: Workspace, instances: int) -> None:
    """Ask, on new connections, until so many instances have answered right. Raises `FindingError` on any bad answer, or past the limit."""
    service, heard, deadline = place.settings.service, set[str](), time.monotonic() + _SETTLE_SECONDS
    while len(heard) < instances:
        try:
            reply = requests.get(place.url + service.probe_path, timeout=5, headers={"Connection": "close"})
        except requests.RequestException as error:
            raise FindingError(f"{place.url} did not answer while it was scaled ({type(error).__name__})", fix="nox -s deploy") from error
        if (reply.status_code, reply.text) != (requests.codes.ok, service.probe_answer):
            raise FindingError(f"{place.url} answered {reply.status_code} {reply.text[:60]!r} while it was scaled", fix="nox -s deploy")
        heard.add(reply.headers.get(service.instance_header, ""))
        if time.monotonic() > deadline:
            raise FindingError(f"{len(heard)} of {instances} instances answered in {_SETTLE_SECONDS:.0f} s", fix="nox -s deploy")


def _measured(place: Workspace, instances: int) -> Capacity:
    """Return the memory's figures once the metrics server knows every instance."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while (found := capacity.of_cluster(place, NAMESPACE)).counted < instances:
        if time.monotonic() > deadline:
            raise CommandError(f"the metrics API knows {found.counted} of {instances} instances", fix="nox -s deploy")
        time.sleep(3)
    return found


def _by_load(place: Workspace) -> tuple[list[Answer], list[Sample], list[Event]]:
    """Ask at the highest promised rate, then for more, until every instance has answered; then at half the usual, until few are left."""
    settings = place.settings
    with autoscaler.watched(place) as samples:
        busy = Event("busy", time.time(), 0)
        streams: list[list[Answer]] = []
        with ExitStack() as running:
            deadline = busy.began + UP_SECONDS
            while not _all_answered(streams, busy.began, settings.replicas_max) and time.time() < deadline:
                if len(streams) < _MOST_STREAMS:
                    rate = settings.load_most if not streams else settings.load_most // 2
                    streams.append(running.enter_context(generator.sustained(place, place.url, rate=rate, keep_alive=False)))
                until = min(time.time() + _MORE_AFTER_SECONDS, deadline)
                _until(lambda: _all_answered(streams, busy.began, settings.replicas_max), until - time.time())
        calm = Event("calm", time.time(), 0)
        with generator.sustained(place, place.url, rate=settings.load_rate // 2, keep_alive=False) as few:
            _until(lambda: fall(samples, calm.began, settings.replicas_min) is not None, _DOWN_SECONDS)
            time.sleep(_AFTER_SECONDS)
    answers = sorted([*(answer for stream in streams for answer in stream), *few], key=lambda answer: answer.sent)
    return answers, samples, [replace(busy, ended=calm.began), replace(calm, ended=time.time())]


def _all_answered(streams: Sequence[Sequence[Answer]], began: float, instances: int) -> bool:
    return rise([answer for stream in streams for answer in tuple(stream)], began, instances) is not None


def _until(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(1)


def rise(answers: Sequence[Answer], began: float, instances: int) -> float | None:
    """Return the seconds from `began` to the first good answer of the last of so many instances; None when fewer answered."""
    first: dict[str, float] = {}
    for answer in answers:
        if not answer.failed:
            first.setdefault(answer.instance, answer.sent + answer.seconds - began)
    return round(sorted(first.values())[instances - 1], 1) if len(first) >= instances else None


def fall(samples: Sequence[Sample], began: float, instances: int) -> float | None:
    """Return the seconds from `began` to the first sample with only so many instances; None when there is none."""
    return next((round(each.time - began, 1) for each in samples if each.time > began and each.current <= instances), None)


def judge(outcome: Outcome, most: int) -> list[str]:
    """Return what went wrong, in words; empty when nothing did."""
    load, faults = outcome.load, []
    if outcome.manual > MANUAL_SECONDS:
        faults.append(f"by hand it took {outcome.manual} s until {most} instances answered, allowed are {MANUAL_SECONDS:.0f}")
    if outcome.up is None or outcome.up > UP_SECONDS:
        faults.append(f"by load {most} instances answered after {outcome.up or 'no'} s, allowed are {UP_SECONDS:.0f}")
    if outcome.down is None:
        faults.append("the autoscaler did not go back when the load had gone")
    if outcome.unknown:
        faults.append(f"{outcome.unknown} times the autoscaler did not know its metric")
    if load.failed:
        faults.append(f"{load.failed} of {load.requests} requests failed, {load.wrong} of them by a wrong answer")
    if outcome.capacity.room < LEAST_ROOM_PERCENT:
        faults.append(f"{most} instances leave {outcome.capacity.room} % of the cluster's memory, at least {LEAST_ROOM_PERCENT} are needed")
    return faults


def table(outcome: Outcome) -> Table:
    """Draw one line per measurement with what is allowed."""
    drawn = Table(pad_edge=False)
    for heading in ("what", "measured", "allowed"):
        drawn.add_column(heading, justify="left" if heading == "what" else "right")
    fits = outcome.capacity
    lines = {
        "by hand: 1 to all, each answered": (f"{outcome.manual} s", f"{MANUAL_SECONDS:.0f} s"),
        "by load: fewest to all, each answered": (f"{outcome.up} s", f"{UP_SECONDS:.0f} s"),
        "back to the fewest": (f"{outcome.down} s", f"{_DOWN_SECONDS:.0f} s"),
        "autoscaler without a metric": (str(outcome.unknown), "0"),
        "requests failed": (f"{outcome.load.failed} of {outcome.load.requests}", "0"),
        "memory: cluster, used, of it instances, at most": (f"{fits.has}, {fits.used}, {fits.instances}, {fits.limits} MiB", ""),
        "memory left at worst": (f"{fits.room} %", f">= {LEAST_ROOM_PERCENT} %"),
    }
    for name, values in lines.items():
        drawn.add_row(name, *values)
    return drawn
