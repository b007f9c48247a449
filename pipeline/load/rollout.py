"""The stage `rollout-proof`: what happens to a service in its life, done to it under constant load, and no request may be lost by it.

Half of the requests come on connections that are kept, as browsers and proxies do it, half each on a new one. `-- --long` also kills:
SIGKILL to one instance after the other, which no drain can soften. What a killed instance had in its hands is lost, and so is what is
sent to it until the cluster knows; the share of that in all requests is bounded.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

from rich.table import Table

from pipeline import commit, console, image, locks, release, store
from pipeline.cluster import images
from pipeline.errors import FindingError
from pipeline.load import autoscaler, changes, figures, form, generator, timeline
from pipeline.load.generator import Answer
from pipeline.load.timeline import Event
from pipeline.look import Release
from pipeline.stage import Run
from pipeline.workspace import Workspace

_CALM_SECONDS = 3.0
# It takes the cluster about a second to stop sending new connections to a killed instance: of ten, it gets a tenth of them, which is eight
# requests at this rate. One kill in two minutes is more than a service should see, and leaves one request in two thousand to be lost.
_KILLS, _KILL_CALM_SECONDS = 4, 120.0
_LONG_REQUESTS, _LOST_SHARE = 10_000, 0.0005


@dataclass(frozen=True)
class Effect:
    """What users saw of one event and of the calm after it. Times in milliseconds."""

    event: str
    seconds: float
    requests: int
    failed: int
    p99: float
    reasons: tuple[str, ...]


def prove(run: Run) -> None:
    """Release, roll back, evict and restart under load. Raises `FindingError` when one request was lost.

    Whatever happens, this commit's release is planned again by the next `deploy`, which mends what an interruption left.
    """
    commit.require_clean(run.commit)
    place, long = run.workspace, form.is_long("rollout-proof", run.arguments)
    with locks.held(place, "deployment"):
        current, other = release.tested_release(run), _another(run)
        steps: list[tuple[str, Callable[[], object]]] = [
            ("release of another commit", lambda: release.apply(run, other)),
            ("rollback", lambda: release.apply(run, current)),
            ("eviction of half the pods", lambda: changes.evict_half(place)),
            ("rolling restart", lambda: changes.restart(place)),
        ]
        with console.ticking("changing the service under load", 660 if long else 90):
            events, answers = _under_load(place, steps)
            kills, while_killing = _killed(place) if long else ([], [])
    effects = [effect(event, answers) for event in events]
    killed = [effect(event, while_killing, _KILL_CALM_SECONDS) for event in kills]
    answers += while_killing
    total = figures.of(answers)
    picture = run.evidence / "rollout-proof.svg"
    releases = {current.commit: "this release", other.commit: "another"}
    store.write(picture, timeline.draw(answers, [*events, *kills], releases))
    run.figures["timeline"] = timeline.counted(answers, [*events, *kills], releases)
    run.figures.update(total=asdict(total), effects=[asdict(each) for each in [*effects, *killed]], picture=picture.name)
    console.show(table([*effects, *killed]))
    faults = judge(effects, total.wrong) + (judge_kills(killed, total.requests) if long else [])
    if faults:
        raise FindingError("; ".join(faults[:3]), fix=f"look at {picture}")
    run.summary = (
        f"{total.requests} requests through {len(events)} changes: {sum(each.failed for each in effects)} failed, {total.wrong} wrong"
        f"{_of_kills(killed)}; seen in {picture}"
    )


def _killed(place: Workspace) -> tuple[list[Event], list[Answer]]:
    """Kill one instance after the other, of as many as are promised, under the same load."""
    with autoscaler.away(place):
        changes.scale(place, place.settings.replicas_max)
        steps = [(f"SIGKILL {number}", partial(_kill, place, name)) for number, name in enumerate(changes.living(place)[:_KILLS], 1)]
        found = _under_load(place, steps, _KILL_CALM_SECONDS)
        changes.scale(place, place.settings.replicas_min)
        return found


def _kill(place: Workspace, name: str) -> None:
    """Kill an instance, and return once the cluster has seen it and started it anew."""
    restarts = changes.restarts(place)
    changes.kill(place, name)
    changes.await_restart(place, restarts)
    changes.await_whole(place)


def _another(run: Run) -> Release:
    """Build the same tree as another commit's image and put it on the node: all that differs is the commit that it answers with."""
    sha = hashlib.sha1(f"another release beside {run.commit.sha}".encode(), usedforsecurity=False).hexdigest()
    built = image.make(run.workspace, replace(run.commit, sha=sha))
    reference = f"{run.workspace.settings.image}:{sha}"
    images.put(run.workspace, reference, built.archive)
    return Release(sha, reference, built.image_id)


def _under_load(
    place: Workspace, steps: Sequence[tuple[str, Callable[[], object]]], calm: float = _CALM_SECONDS
) -> tuple[list[Event], list[Answer]]:
    """Do each step, with a calm moment before and after, while the service is asked at one and a half times its promised rate."""
    rate, events = place.settings.load_rate * 3 // 4, []
    with generator.mixed(place, rate=rate) as answers:
        time.sleep(_CALM_SECONDS)
        for name, action in steps:
            console.progress(f"rollout-proof: {name}")
            began = time.time()
            action()
            events.append(Event(name, began, time.time()))
            time.sleep(calm)
    return events, answers


def effect(event: Event, answers: Sequence[Answer], calm: float = _CALM_SECONDS) -> Effect:
    """What became of the requests sent during an event or in the calm after it."""
    mine = [answer for answer in answers if event.began <= answer.sent < event.ended + calm]
    found = figures.of(mine)
    seconds = round(event.ended - event.began, 1)
    return Effect(event.name, seconds, found.requests, found.failed, found.p99, tuple(figures.reasons(mine)[:3]))


def judge(effects: Sequence[Effect], wrong: int) -> list[str]:
    """Return what was lost, in words; empty when nothing was."""
    faults = [
        f"{each.event}: {each.failed} of {each.requests} requests failed ({', '.join(each.reasons)})" for each in effects if each.failed
    ]
    return faults + ([f"{wrong} answers were wrong"] if wrong else [])


def judge_kills(killed: Sequence[Effect], total: int) -> list[str]:
    """Return in what the kills cost too much, or proved too little; `total` is the number of all requests of the proof."""
    failed, requests = sum(each.failed for each in killed), sum(each.requests for each in killed)
    faults = [f"{len(killed)} instances were killed, meant are {_KILLS}"] if len(killed) != _KILLS else []
    if total < _LONG_REQUESTS:
        faults.append(f"{total} requests prove too little, at least {_LONG_REQUESTS} are needed")
    if failed > requests * _LOST_SHARE:
        reasons = ", ".join(reason for each in killed for reason in each.reasons[:1])
        faults.append(f"SIGKILL lost {failed} of {requests} requests, allowed are {_LOST_SHARE:.2%} ({reasons})")
    return faults


def _of_kills(killed: Sequence[Effect]) -> str:
    failed, requests = sum(each.failed for each in killed), sum(each.requests for each in killed)
    return f"; {len(killed)} kills lost {failed} of {requests} ({failed / requests:.3%})" if requests else ""


def table(effects: Sequence[Effect]) -> Table:
    """Draw one line per event."""
    drawn = Table(pad_edge=False)
    for heading in ("event", "seconds", "requests", "failed", "p99 ms"):
        drawn.add_column(heading, justify="left" if heading == "event" else "right")
    for each in effects:
        drawn.add_row(each.event, str(each.seconds), str(each.requests), str(each.failed), str(each.p99))
    return drawn
