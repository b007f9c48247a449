"""Lays what Prometheus answers on the moments that are drawn: what it does not know, NaN or absent, is None and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.dashboard.panels import Query
from pipeline.monitoring.query import Curve, Sample
from pipeline.page import scale
from pipeline.page.chart import Series


class Source(Protocol):
    """What is asked: the watchers of a cluster, or any others that tell the same. Each method raises `ClusterError` without an answer."""

    def instant(self, expression: str, at: float | None = None) -> list[Sample]:
        """What an expression is at a moment."""

    def range(self, expression: str, start: float, end: float, step: float) -> list[Curve]:
        """What an expression was over a time."""

    def targets(self) -> list[dict[str, Any]]:
        """What Prometheus asks for metrics."""

    def rules(self) -> list[dict[str, Any]]:
        """The rules with the alerts they have."""

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that Alertmanager has."""


@dataclass(frozen=True)
class Grid:
    """The moments that are looked at: from `start`, `count` of them, `step` seconds apart."""

    start: float
    step: int
    count: int

    @property
    def times(self) -> tuple[float, ...]:
        """Each of the moments in Unix time."""
        return tuple(self.start + self.step * index for index in range(self.count))

    @property
    def end(self) -> float:
        """The last moment."""
        return self.start + self.step * (self.count - 1)


def over_time(source: Source, query: Query, grid: Grid, window: str) -> list[Series]:
    """Ask for a query's values on the grid, in the order of their names."""
    curves = source.range(query.over(window), grid.start, grid.end, grid.step)
    found = [Series(name_of(curve.labels, query), on_grid(curve.points, grid)) for curve in curves]
    return sorted(found, key=lambda series: series.name)


def one(source: Source, expression: str, when: float) -> float | None:
    """The value of an expression that has one series at most; None for none, and for no number."""
    found = source.instant(expression, when)
    return scale.finite(found[0].value) if found else None


def name_of(labels: Mapping[str, str], query: Query) -> str:
    """What a series is called: by the query, or by the first of its labels that the query names."""
    return query.name or next((labels[label] for label in query.labels if labels.get(label)), "unnamed")


def on_grid(points: Sequence[tuple[float, float]], grid: Grid) -> tuple[float | None, ...]:
    """Each moment's value, None where there is none."""
    known = {round((when - grid.start) / grid.step): scale.finite(value) for when, value in points}
    return tuple(known.get(index) for index in range(grid.count))
