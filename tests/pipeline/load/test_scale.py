"""More and fewer instances in time, and nobody may notice."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.load import figures, scale
from pipeline.load.autoscaler import Sample
from pipeline.load.capacity import Capacity
from pipeline.load.scale import Outcome
from tests.pipeline.load.test_figures import GOOD

FINE = Outcome(
    manual=15.0,
    up=120.0,
    down=200.0,
    unknown=0,
    load=figures.of([GOOD, replace(GOOD, sent=101.0)]),
    capacity=Capacity(10, 1000, 800, 200, 300),
)


def test_what_is_just_allowed_is_green() -> None:
    assert scale.judge(FINE, 10) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"manual": 15.1}, "by hand it took 15.1 s until 10 instances answered, allowed are 15"),
        ({"up": 120.1}, "by load 10 instances answered after 120.1 s, allowed are 120"),
        ({"up": None}, "by load 10 instances answered after no s, allowed are 120"),
        ({"down": None}, "the autoscaler did not go back when the load had gone"),
        ({"unknown": 1}, "1 times the autoscaler did not know its metric"),
        ({"load": replace(FINE.load, failed=2, wrong=1)}, "2 of 2 requests failed, 1 of them by a wrong answer"),
        ({"capacity": Capacity(10, 1000, 801, 200, 300)}, ""),
        ({"capacity": Capacity(10, 1000, 810, 200, 300)}, "10 instances leave 9 % of the cluster's memory, at least 10 are needed"),
    ],
)
def test_each_fault_is_red_and_told(change: dict[str, object], fault: str) -> None:
    assert scale.judge(replace(FINE, **change), 10) == ([fault] if fault else [])  # type: ignore[arg-type]


def test_all_have_answered_when_the_last_one_has() -> None:
    answers = [replace(GOOD, sent=100.0 + second, seconds=0.5, instance=f"pod-{second % 4}") for second in range(8)]
    assert scale.rise(answers, 100.0, 4) == 3.5
    assert scale.rise(answers, 100.0, 5) is None


def test_an_instance_that_answers_wrong_has_not_answered() -> None:
    answers = [GOOD, replace(GOOD, instance="pod-2", right=False)]
    assert scale.rise(answers, 100.0, 2) is None


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 12))), st.integers(1, 10))
def test_more_instances_never_answer_earlier(given_answers: list[tuple[float, int]], instances: int) -> None:
    answers = [replace(GOOD, sent=sent, instance=f"pod-{number}") for sent, number in sorted(given_answers)]
    few, many = scale.rise(answers, 0.0, instances), scale.rise(answers, 0.0, instances + 1)
    assert many is None or (few is not None and few <= many)


def test_it_is_back_at_the_first_sample_after_the_load() -> None:
    samples = [Sample(float(when), count, count, 10) for when, count in ((1, 2), (5, 10), (12, 6), (20, 2), (22, 2))]
    assert scale.fall(samples, 10.0, 2) == 10.0
    assert scale.fall(samples[:3], 10.0, 2) is None


def test_the_table_has_a_line_for_every_measurement() -> None:
    assert scale.table(FINE).row_count == 7
