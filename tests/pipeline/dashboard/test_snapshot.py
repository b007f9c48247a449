"""What is read keeps its gaps, its names and its meaning."""

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline import workspace
from pipeline.dashboard import panels, prometheus, snapshot, stage
from pipeline.dashboard.panels import Query
from pipeline.dashboard.prometheus import Grid
from pipeline.errors import ClusterError
from pipeline.monitoring.query import Curve, Sample
from pipeline.page.chart import Data, Mark, Series

GRID = Grid(1_800_000_000.0, 15, 41)
PLACE = workspace.locate()


class Source:
    """Answers every question with one series of one value, or none of them when the value is None."""

    def __init__(self, value: float | None, **labels: str) -> None:
        """Remember the value, and the labels instead of the usual ones."""
        self.value = value
        self.labels = {"status": "200", "instance": "hash-1", "commit": "a" * 40, "le": "0.1"} | labels

    def instant(self, expression: str, at: float | None = None) -> list[Sample]:
        """One sample."""
        assert "$" not in expression
        assert at is None or at > 0
        return [] if self.value is None else [Sample(self.labels, self.value)]

    def range(self, expression: str, start: float, end: float, step: float) -> list[Curve]:
        """One curve over all of the time."""
        assert "$" not in expression
        moments = [start + step * index for index in range(round((end - start) / step) + 1)]
        return [] if self.value is None else [Curve(self.labels, tuple((when, self.value) for when in moments))]

    def targets(self) -> list[dict[str, Any]]:
        """One target that is up, and one that is not."""
        down = {"labels": {"job": "hash", "instance": "hash-2"}, "health": "down", "lastError": "connection refused"}
        return [{"labels": {"job": "hash"} | self.labels, "health": "up", "lastError": ""}, down]

    def rules(self) -> list[dict[str, Any]]:
        """The watchdog, which fires, and a rule that is no alert."""
        alert = {"labels": {"alertname": "Watchdog", "severity": "none"}, "state": "firing", "activeAt": "2026-11-24T14:00:00.123456789Z"}
        return [{"name": "Watchdog", "alerts": [alert]}, {"name": "slo:bad:rate1m"}]

    def alerts(self) -> list[dict[str, Any]]:
        """Nothing, or no answer."""
        if self.value is None:
            raise ClusterError("alertmanager does not answer", fix="nox -s monitor")
        return []


def test_a_whole_reading_holds_every_panel_and_names_no_silence() -> None:
    seen = stage.read(PLACE, Source(1.0), 600)
    assert set(seen.charts) == {panel.key for panel in panels.panels(PLACE.settings)}
    assert (seen.silent, seen.heard) == ((), True)
    assert [(each.instance, each.up, each.error) for each in seen.targets] == [
        ("hash-2", False, "connection refused"),
        ("hash-1", True, ""),
    ]
    assert seen.burn == {"5m": 1.0, "1h": 1.0, "6h": 1.0, "1d": 1.0, "3d": 1.0}


def test_a_prometheus_that_knows_nothing_gives_empty_panels_and_names_every_query() -> None:
    seen = stage.read(PLACE, Source(None), 600)
    assert all(data.empty for _, data in seen.charts.values())
    assert len(seen.silent) == sum(len(panel.queries) + len(panel.limits) for panel in panels.panels(PLACE.settings))
    assert not seen.heard
    assert (seen.last("budget"), seen.total("traffic"), seen.limit("cpu"), set(seen.burn.values())) == (None, None, None, {None})


@given(st.dictionaries(st.integers(0, 40), st.floats()))
def test_values_keep_their_moment_and_what_is_missing_or_no_number_stays_missing(known: dict[int, float]) -> None:
    laid = prometheus.on_grid([(GRID.start + 15 * index, value) for index, value in known.items()], GRID)
    assert laid == tuple(known.get(index) if math.isfinite(known.get(index, math.nan)) else None for index in range(41))


def test_a_series_is_named_by_its_query_or_by_its_label() -> None:
    assert prometheus.name_of({"pod": "x"}, Query("q", "p50")) == "p50"
    assert prometheus.name_of({"instance": "hash-1"}, Query("q", labels=("pod", "instance"))) == "hash-1"
    assert prometheus.name_of({}, Query("q", labels=("pod",))) == "unnamed"


def test_cumulative_buckets_become_what_lies_in_each() -> None:
    found = [Series("+Inf", (10.0, None)), Series("0.1", (8.0, None)), Series("0.025", (3.0, None)), Series("nonsense", (1.0, 1.0))]
    expected = (Series("≤ 25 ms", (3.0, None)), Series("≤ 100 ms", (5.0, None)), Series("> 100 ms", (2.0, None)))
    assert snapshot.buckets(found) == expected


def test_a_release_is_marked_when_it_begins_to_answer_and_not_when_it_always_did() -> None:
    series = (Series("a" * 12, (1.0, 1.0, 0.0)), Series("b" * 12, (None, 0.0, 2.0)), Series("c" * 12, (None,) * 3))
    assert snapshot.release_marks(Data((0.0, 15.0, 30.0), series, "per second")) == (Mark(30.0, "b" * 7),)


@given(st.integers(60, 7 * 86400))
def test_the_grid_is_fine_enough_and_ends_now(seconds: int) -> None:
    grid = snapshot._grid(1_800_000_000.0, seconds)
    assert grid.end == 1_800_000_000.0
    assert 1 <= grid.count <= 82
    assert grid.step >= 15
    assert seconds - grid.step <= grid.end - grid.start <= seconds
