"""Everything that the page tells, read once: the page itself asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.dashboard import panels, prometheus
from pipeline.dashboard.alerts import Alert
from pipeline.dashboard.objective import AVAILABILITY
from pipeline.dashboard.panels import Panel, Query
from pipeline.dashboard.prometheus import Grid, Source
from pipeline.dashboard.releases import Shipped
from pipeline.page import scale
from pipeline.page.chart import Data, Mark, Series

_POINTS, _LEAST_STEP, _LEAST_SECONDS = 80, 15, 300
_HASH = 12


@dataclass(frozen=True)
class Target:
    """Something that is watched: whether the last look at it succeeded, and why not."""

    job: str
    instance: str
    up: bool
    error: str


@dataclass(frozen=True)
class Snapshot:
    """What was read: the panels with their data, queries that answered nothing, burn rates by window, alerts, targets and releases."""

    taken: float
    grid: Grid
    charts: Mapping[str, tuple[Panel, Data]]
    silent: tuple[Query, ...]
    burn: Mapping[str, float | None]
    targets: tuple[Target, ...]
    alerts: tuple[Alert, ...]
    heard: bool
    """Whether Alertmanager answered: without it, no alert reaches anybody."""
    releases: tuple[Shipped, ...]

    def last(self, key: str, name: str = "") -> float | None:
        """The newest value of a panel's series of that name, or of the only one."""
        found = [series for series in self.charts[key][1].series if not name or series.name == name]
        return scale.finite(found[0].values[-1]) if found else None

    def total(self, key: str) -> float | None:
        """The sum of the newest values of all series."""
        known = [value for series in self.charts[key][1].series if (value := scale.finite(series.values[-1])) is not None]
        return sum(known) if known else None

    def limit(self, key: str) -> float | None:
        """The panel's limit, if the cluster told one."""
        return next((value for _, value in self.charts[key][1].limits), None)


def grid_of(source: Source, taken: float, seconds: int) -> Grid:
    """The last `seconds`, or less when nothing was watched before: an empty hour in front of ten minutes shows nothing."""
    wide = _grid(taken, seconds)
    seen = prometheus.over_time(source, Query("count(up)", "targets"), wide, "1m")
    first = next((when for series in seen for when, value in zip(wide.times, series.values, strict=True) if value is not None), wide.start)
    return _grid(taken, min(seconds, max(int(taken - first), _LEAST_SECONDS)))


def _grid(taken: float, seconds: int) -> Grid:
    step = max(_LEAST_STEP, -(-seconds // _POINTS))
    count = seconds // step + 1
    return Grid(taken - step * (count - 1), step, count)


def window_of(grid: Grid) -> str:
    """The time that rates are taken over: four scrapes at least, else one lost scrape is a hole, and no less than a step."""
    return f"{max(60, grid.step)}s"


def charts(source: Source, wanted: Sequence[Panel], grid: Grid) -> tuple[dict[str, tuple[Panel, Data]], tuple[Query, ...]]:
    """Read every panel. The queries without any answer are returned beside them."""
    found: dict[str, tuple[Panel, Data]] = {}
    silent: list[Query] = []
    for panel in wanted:
        series: list[Series] = []
        for query in panel.queries:
            answer = prometheus.over_time(source, query, grid, window_of(grid))
            series += answer
            silent += [] if answer else [query]
        told = [(limit, prometheus.one(source, limit.text, grid.end)) for limit in panel.limits]
        silent += [limit for limit, value in told if value is None]
        limits = tuple((limit.name, value) for limit, value in told if value is not None)
        found[panel.key] = panel, Data(grid.times, shaped(panel, series), panel.unit, limits, least_top=panel.least_top)
    marks = release_marks(found["commits"][1])
    return {key: (panel, replace(data, marks=marks)) for key, (panel, data) in found.items()}, tuple(silent)


def shaped(panel: Panel, series: list[Series]) -> tuple[Series, ...]:
    """Give a panel's series the form and the colours that their meaning asks for."""
    if panel.kind == "heat":
        return buckets(series)
    if panel.key == "traffic":
        return tuple(replace(each, tone=_STATUS_TONES.get(each.name[:1], "s4")) for each in series)
    if panel.key == "commits":
        return tuple(replace(each, name=each.name[:_HASH]) for each in sorted(series, key=_first_seen))
    return tuple(series)


_STATUS_TONES = {"2": "s1", "3": "s5", "4": "s6", "5": "bad"}


def _first_seen(series: Series) -> int:
    return next((index for index, value in enumerate(series.values) if scale.finite(value)), len(series.values))


def buckets(series: Sequence[Series]) -> tuple[Series, ...]:
    """Turn a histogram's cumulative buckets into what lies in each: `le` counts everything up to its bound."""
    bounded = sorted((each for each in series if _bound(each.name) is not None), key=lambda each: _bound(each.name) or 0.0)
    rows: list[Series] = []
    for index, each in enumerate(bounded):
        below = bounded[index - 1].values if index else tuple(0.0 if value is not None else None for value in each.values)
        inside = tuple(None if high is None or low is None else max(high - low, 0.0) for high, low in zip(each.values, below, strict=True))
        rows.append(Series(_range(bounded[index - 1].name if index else "", each.name), inside))
    while rows and not any(rows[-1].values):
        rows.pop()  # nothing was ever as slow
    return tuple(rows)


def _bound(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _range(low: str, high: str) -> str:
    def told(text: str) -> str:
        seconds = float(text)
        return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"

    return f"> {told(low)}" if low and float(high) == float("inf") else f"≤ {told(high)}"


def release_marks(commits: Data) -> tuple[Mark, ...]:
    """When each release began to answer, of those that did so while somebody looked."""
    started = ((_first_seen(series), series.name) for series in commits.series)
    return tuple(Mark(commits.times[index], name[:7]) for index, name in started if 0 < index < len(commits.times))


def targets(source: Source) -> tuple[Target, ...]:
    """Read what is watched, what cannot be read first."""
    found = (_target(each) for each in source.targets())
    return tuple(sorted(found, key=lambda target: (target.up, target.job, target.instance)))


def _target(told: Mapping[str, Any]) -> Target:
    labels = told.get("labels", {})
    return Target(str(labels.get("job", "")), str(labels.get("instance", "")), told.get("health") == "up", str(told.get("lastError", "")))


def burn_rates(source: Source, taken: float) -> dict[str, float | None]:
    """How fast the budget is used, over each of the windows that alerts look at."""
    return {window: prometheus.one(source, panels.burn(window), taken) for window, _ in AVAILABILITY.burns}
