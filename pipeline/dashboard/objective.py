"""What is promised of answering at all, as the page and its queries need it: read from the one file that the alerts are made from."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.monitoring import objectives
from pipeline.monitoring.objectives import Promises
from pipeline.workspace import ROOT


@dataclass(frozen=True)
class Objective:
    """The share of requests that must be good over a number of days, and the burn rates that alerts go by: window and limit."""

    share: float
    days: int
    burns: tuple[tuple[str, float], ...]

    @property
    def budget(self) -> float:
        """The share that may fail."""
        return round(1 - self.share, 10)

    def limit(self, window: str) -> float:
        """The burn rate over a window above which somebody is told."""
        return dict(self.burns)[window]


def of(promises: Promises, name: str) -> Objective:
    """The objective of a name. Raises `StopIteration` when none has it."""
    promise = next(each for each in promises.objectives if each.name == name)
    burns = tuple((each.long, round(each.share(promise) / promise.budget, 1)) for each in promises.burns)
    return Objective(round(promise.percent / 100, 10), promises.days, burns)


AVAILABILITY = of(objectives.load(ROOT), "availability")
