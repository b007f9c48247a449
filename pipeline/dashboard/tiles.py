"""The figures of this moment: a large number, what it is held against, and the shape of the last hour."""

from __future__ import annotations

from pipeline.dashboard.snapshot import Snapshot
from pipeline.page import chart, quantity, shapes
from pipeline.page.chart import Series
from pipeline.page.markup import Markup, tag


def tiles(seen: Snapshot) -> Markup:
    """All of them, as a list of terms and values."""
    promised, most = seen.limit("latency"), seen.limit("replicas")
    drawn = [
        tile("Requests", quantity.show(seen.total("traffic"), "per second"), "now", _sum(seen, "traffic")),
        tile("Errors", quantity.show(seen.last("errors"), "ratio"), _allowed(seen), _of(seen, "errors")),
        tile("p99 latency", quantity.show(seen.last("latency", "p99"), "seconds"), f"promised {quantity.show(promised, 'seconds')}",
             _of(seen, "latency", "p99")),
        tile("Error budget left", quantity.show(seen.last("budget"), "ratio"), "of 30 days", _of(seen, "budget")),
        tile("Instances", quantity.show(seen.last("replicas", "answering"), "count"), f"at most {quantity.show(most, 'count')}",
             _of(seen, "replicas", "answering")),
        tile("CPU", *_used(seen, "cpu"), _highest(seen, "cpu")),
        tile("Memory", *_used(seen, "memory"), _highest(seen, "memory")),
    ]  # fmt: skip
    return tag("section", tag("dl", drawn, class_="tiles"), aria_label="Figures of this moment")


def tile(name: str, value: str, note: str, shape: shapes.Values) -> Markup:
    """One figure. A missing value is written smaller, so that it is not taken for one."""
    css = "missing" if value == quantity.MISSING else "value"
    return tag(
        "div", tag("dt", name), tag("dd", value, class_=css), tag("dd", note, class_="note"), tag("dd", chart.spark(shape)), class_="tile"
    )


def _allowed(seen: Snapshot) -> str:
    return f"objective {quantity.show(seen.limit('errors'), 'ratio')}"


def _used(seen: Snapshot, key: str) -> tuple[str, str]:
    """The busiest instance against what it asked for or may have."""
    highest, limit, unit = _last(_highest(seen, key)), seen.charts[key][1].limits[:1], seen.charts[key][1].unit
    bound = f"of {quantity.show(limit[0][1], unit)} {limit[0][0]}" if limit else "limit unknown"
    return quantity.show(highest, unit), f"busiest, {bound}"


def _of(seen: Snapshot, key: str, name: str = "") -> shapes.Values:
    found = [series for series in seen.charts[key][1].series if not name or series.name == name]
    return found[0].values if found else ()


def _sum(seen: Snapshot, key: str) -> shapes.Values:
    layers = shapes.stack([series.values for series in seen.charts[key][1].series])
    return layers[-1][1] if layers else ()


def _highest(seen: Snapshot, key: str) -> shapes.Values:
    series = seen.charts[key][1].series
    return [_most(series, index) for index in range(len(seen.grid.times))] if series else ()


def _most(series: tuple[Series, ...], index: int) -> float | None:
    return max((value for each in series if (value := each.values[index]) is not None), default=None)


def _last(values: shapes.Values) -> float | None:
    return values[-1] if values else None
