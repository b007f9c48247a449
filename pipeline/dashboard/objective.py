"""What is promised, as the page and its queries need it."""

from __future__ import annotations

from dataclasses import dataclass


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


# Source of windows and limits: https://sre.google/workbook/alerting-on-slos/, table 5-8
AVAILABILITY = Objective(0.999, 30, (("5m", 14.4), ("1h", 14.4), ("6h", 6.0), ("3d", 1.0)))
