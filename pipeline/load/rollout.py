"""The stage `rollout-proof`: what happens to a service in its life, done to it under constant load, and no request may be lost by it.

Half of the requests come on connections that are kept, as browsers and proxies do it, half each on a new one.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from rich.table import Table

from pipeline import commit, console, image, release, store
from pipeline.cluster import images
from pipeline.errors import FindingError
from pipeline.load import changes, figures, generator, timeline
from pipeline.load.generator import Answer
from pipeline.load.timeline import Event
from pipeline.look import Release
from pipeline.stage import Run
from pipeline.workspace import Workspace

_CALM_SECONDS = 3.0


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
    place = run.workspace
    with store.locked(place.state / "deploy.lock", wait=5, what="this clone's deployment"):
        current, other = release.tested_release(run), _another(run)
        steps: list[tuple[str, Callable[[], object]]] = [
            ("release of another commit", lambda: release.apply(run, other)),
            ("rollback", lambda: release.apply(run, current)),
            ("eviction of half the pods", lambda: changes.evict_half(place)),
            ("rolling restart", lambda: changes.restart(place)),
        ]
        with console.ticking("changing the service under load", 120):
            events, answers = _under_load(place, steps)
    effects = [effect(event, answers) for event in events]
    total = figures.of(answers)
    picture = run.evidence / "rollout-proof.svg"
    store.write(picture, timeline.draw(answers, events, {current.commit: "this release", other.commit: "another"}))
    run.figures.update(total=asdict(total), effects=[asdict(each) for each in effects], picture=picture.name)
    console.show(table(effects))
    if faults := judge(effects, total.wrong):
        raise FindingError("; ".join(faults[:3]), fix=f"look at {picture}")
    run.summary = f"{total.requests} requests through {len(events)} changes: {total.failed} failed, {total.wrong} wrong; seen in {picture}"


def _another(run: Run) -> Release:
    """Build the same tree as another commit's image and put it on the node: all that differs is the commit that it answers with."""
    sha = hashlib.sha1(f"another release beside {run.commit.sha}".encode(), usedforsecurity=False).hexdigest()
    built = image.make(run.workspace, replace(run.commit, sha=sha))
    reference = f"{run.workspace.settings.image}:{sha}"
    images.put(run.workspace, reference, built.archive)
    return Release(sha, reference, built.image_id)


def _under_load(place: Workspace, steps: Sequence[tuple[str, Callable[[], object]]]) -> tuple[list[Event], list[Answer]]:
    """Do each step, with a calm moment before and after, while the service is asked at one and a half times its promised rate."""
    rate, events = place.settings.load_rate * 3 // 4, []
    with (
        generator.sustained(place, place.url, rate=rate, keep_alive=True) as kept,
        generator.sustained(place, place.url, rate=rate, keep_alive=False) as renewed,
    ):
        time.sleep(_CALM_SECONDS)
        for name, action in steps:
            console.progress(f"rollout-proof: {name}")
            began = time.time()
            action()
            events.append(Event(name, began, time.time()))
            time.sleep(_CALM_SECONDS)
    return events, sorted([*kept, *renewed], key=lambda answer: answer.sent)


def effect(event: Event, answers: Sequence[Answer]) -> Effect:
    """What became of the requests sent during an event or in the calm after it."""
    mine = [answer for answer in answers if event.began <= answer.sent < event.ended + _CALM_SECONDS]
    found = figures.of(mine)
    seconds = round(event.ended - event.began, 1)
    return Effect(event.name, seconds, found.requests, found.failed, found.p99, tuple(figures.reasons(mine)[:3]))


def judge(effects: Sequence[Effect], wrong: int) -> list[str]:
    """Return what was lost, in words; empty when nothing was."""
    faults = [
        f"{each.event}: {each.failed} of {each.requests} requests failed ({', '.join(each.reasons)})" for each in effects if each.failed
    ]
    return faults + ([f"{wrong} answers were wrong"] if wrong else [])


def table(effects: Sequence[Effect]) -> Table:
    """Draw one line per event."""
    drawn = Table(pad_edge=False)
    for heading in ("event", "seconds", "requests", "failed", "p99 ms"):
        drawn.add_column(heading, justify="left" if heading == "event" else "right")
    for each in effects:
        drawn.add_row(each.event, str(each.seconds), str(each.requests), str(each.failed), str(each.p99))
    return drawn
