"""What the pager was told, read as a person would: when an alert arrived, when its end did, and how many pages that were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Arrival:
    """One alert in one notification."""

    at: float
    """Unix time at which the notification arrived."""
    group: str
    """What Alertmanager told together: one group is one page."""
    firing: bool
    labels: Mapping[str, str]

    @property
    def name(self) -> str:
        """The alert's name."""
        return self.labels["alertname"]


def read(notifications: Iterable[Mapping[str, Any]]) -> list[Arrival]:
    """Turn the pager's notifications into arrivals, in their order."""
    return [
        Arrival(moment(each["arrived"]), str(each["content"]["groupKey"]), alert["status"] == "firing", alert["labels"])
        for each in notifications
        for alert in each["content"]["alerts"]
    ]


def moment(text: str) -> float:
    """RFC 3339 with Go's nanoseconds, of which Python takes six digits, as Unix time."""
    head, _, rest = text.removesuffix("Z").partition(".")
    return dt.datetime.fromisoformat(f"{head}.{rest[:6]:0<6}+00:00").timestamp()


def first(arrivals: Iterable[Arrival], wanted: Mapping[str, str], *, firing: bool, since: float) -> float | None:
    """When the first alert with these labels arrived after a moment, as firing or as ended; None when none did."""
    return next((each.at for each in matching(arrivals, wanted) if each.firing is firing and each.at >= since), None)


def matching(arrivals: Iterable[Arrival], wanted: Mapping[str, str]) -> Iterator[Arrival]:
    """The arrivals that have at least these labels."""
    return (each for each in arrivals if wanted.items() <= each.labels.items())


def pages(arrivals: Iterable[Arrival], since: float, until: float) -> dict[str, set[str]]:
    """The pages that people got in a time: the names of the firing alerts by the group that told them."""
    found: dict[str, set[str]] = {}
    for each in arrivals:
        if each.firing and since <= each.at < until and each.labels.get("severity") == "page":
            found.setdefault(each.group, set()).add(each.name)
    return found


def firing(arrivals: Sequence[Arrival]) -> set[str]:
    """The names of the alerts of which the last that was told is that they fire."""
    last = {tuple(sorted(each.labels.items())): each for each in arrivals}
    return {each.name for each in last.values() if each.firing}
