"""Is the service well? One word, one sentence, and every reason, from what was read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.dashboard import alerts
from pipeline.dashboard.objective import AVAILABILITY
from pipeline.dashboard.snapshot import Snapshot

Level = Literal["ok", "warn", "bad", "unknown"]
_ORDER: tuple[Level, ...] = ("ok", "warn", "unknown", "bad")
_SENTENCES: dict[Level, str] = {
    "ok": "The service is well",
    "warn": "The service answers, and something wants a look",
    "unknown": "Nobody can tell whether the service is well",
    "bad": "The service is not well",
}
_LITTLE_BUDGET = 0.25
JOB = "hash"


@dataclass(frozen=True)
class Verdict:
    """How the service is, in one sentence, and why."""

    level: Level
    sentence: str
    reasons: tuple[str, ...]


def judge(seen: Snapshot) -> Verdict:
    """The worst of everything that was found decides."""
    found = [*_users(seen), *_watching(seen), *_room(seen)]
    level: Level = max((each for each, _ in found), key=_ORDER.index, default="ok")
    ranked = sorted(found, key=lambda pair: -_ORDER.index(pair[0]))
    return Verdict(level, _SENTENCES[level], tuple(reason for _, reason in ranked))


def _users(seen: Snapshot) -> Iterator[tuple[Level, str]]:
    """What users feel."""
    mine = [target for target in seen.targets if target.job == JOB]
    if not any(target.up for target in mine):
        yield "unknown", "no instance of the service tells its metrics" if mine else "Prometheus does not watch the service"
    burning = [f"{window} ({rate:.3g} times)" for window, limit in AVAILABILITY.burns if (rate := seen.burn.get(window) or 0) > limit]
    if burning:
        yield "warn", f"errors use up the budget faster than the limit, over {', '.join(burning)}"
    budget = seen.last("budget")
    if budget is None:
        yield "warn", "nothing is known of the error budget"
    elif budget <= 0:
        yield "bad", f"the error budget of {AVAILABILITY.days} days is used up"
    elif budget < _LITTLE_BUDGET:
        yield "warn", f"less than {_LITTLE_BUDGET:.0%} of the error budget is left"
    slow, promised = seen.last("latency", "p99"), seen.limit("latency")
    if slow is not None and promised is not None and slow > promised:
        yield "warn", "99 of 100 answers take longer than promised"


def _watching(seen: Snapshot) -> Iterator[tuple[Level, str]]:
    """What alarms, and whether an alarm would be heard."""
    firing = [alert for alert in alerts.serious(seen.alerts) if not alert.pending and not alert.silenced]
    for name, several in itertools.groupby(sorted(firing, key=lambda alert: alert.name), key=lambda alert: alert.name):
        same = list(several)
        times = f" ({len(same)} times)" if len(same) > 1 else ""
        yield ("bad" if any(alert.pages for alert in same) else "warn"), f"{name}{times}: {same[0].summary}"
    if not seen.heard:
        yield "warn", "Alertmanager does not answer: no alert would reach anybody"
    if not alerts.watched(seen.alerts):
        yield "warn", "the watchdog alert, which always fires, does not: alert rules are not evaluated"
    if down := [target for target in seen.targets if not target.up]:
        names = ", ".join(f"{target.job} {target.instance}" for target in down[:3])
        yield "warn", f"{len(down)} of {len(seen.targets)} targets cannot be read ({names})"


def _room(seen: Snapshot) -> Iterator[tuple[Level, str]]:
    """Whether there is room to grow."""
    wanted, most = seen.last("replicas", "wanted"), seen.limit("replicas")
    if wanted is not None and most is not None and wanted >= most:
        yield "warn", "the autoscaler is at its highest number of instances"
