"""The path through a run explains its seconds: every one of them is a stage's, or passed while a stage was started."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evidence import Record
from pipeline.report import critical
from pipeline.report.critical import Account, Step


def record(stage: str, started: float, seconds: float) -> Record:
    return Record(stage, "a" * 40, "passed", started, seconds)


def test_the_path_goes_back_from_the_end_through_what_ended_last_before_each_began() -> None:
    records = [
        record("lint", 1000, 8),
        record("unit", 1000.2, 100),
        record("cluster", 1009, 61),
        record("deploy", 1101, 30),
        record("load", 1132, 68),
    ]
    assert critical.account(records, 1000.0) == Account(
        200.0, (Step("unit", 100, 0.2), Step("deploy", 30, 0.8), Step("load", 68, 1.0)), 267.0
    )


def test_what_an_earlier_run_left_counts_for_nothing() -> None:
    records = [record("destroy", 10, 900), record("lint", 1001, 8)]
    assert critical.account(records, 1000.0) == Account(9.0, (Step("lint", 8, 1.0),), 8.0)


def test_a_run_whose_beginning_nobody_noted_began_with_its_first_stage() -> None:
    assert critical.account([record("lint", 1001, 8)], 0.0) == Account(8.0, (Step("lint", 8, 0.0),), 8.0)


def test_the_line_says_how_long_along_what_and_what_bounds_it() -> None:
    path = (Step("cluster", 60.4, 1.0), Step("deploy", 29.6, 9.0))
    assert Account(100.0, path, 140.0).line == (
        "100 s for 140 s of stages; critical path: cluster 60 > deploy 30 (+ 10 s of starting stages); bound by cluster, 60 %"
    )


def test_a_run_without_stages_says_so() -> None:
    assert critical.account([], 5.0).line == "no stage ran"


@given(st.lists(st.tuples(st.floats(1, 1e4), st.floats(0, 1e3)), min_size=1, max_size=20))
def test_seconds_of_the_path_and_of_starting_are_those_of_the_run(spans: list[tuple[float, float]]) -> None:
    records = [record(f"stage-{number}", *span) for number, span in enumerate(spans)]
    found = critical.account(records, 0.5)
    assert sum(step.seconds + step.idle for step in found.path) == pytest.approx(found.seconds, abs=0.1 * len(spans) + 0.1)
    starts = {each.stage: each.started for each in records}
    assert all(starts[one.stage] < starts[other.stage] for one, other in pairwise(found.path))
