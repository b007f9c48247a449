"""The promise: every request is answered right and in time, by the release that is deployed."""

from dataclasses import replace

import pytest

from pipeline import settings
from pipeline.errors import ReleaseError
from pipeline.load import figures, stage
from pipeline.load.generator import Answer
from pipeline.workspace import ROOT
from tests.pipeline.load.test_figures import GOOD

SETTINGS = settings.load(ROOT)
CALM = [replace(GOOD, sent=100 + number / 100) for number in range(200)]


def judged(answers: list[Answer]) -> list[str]:
    return stage.judge(figures.of(answers), answers, SETTINGS, "a" * 40)


def test_a_load_without_failure_and_delay_keeps_the_promise() -> None:
    assert judged(CALM) == []


def test_one_failed_request_breaks_it_and_says_why() -> None:
    answers = [*CALM, replace(GOOD, sent=103, status=0, right=False, error="connection reset")]
    assert judged(answers) == ["1 of 201 requests failed: 1 x connection reset"]


def test_late_answers_break_it() -> None:
    late = (SETTINGS.load_p99_ms + 1) / 1000
    answers = [*CALM[:-3], *(replace(answer, seconds=late) for answer in CALM[-3:])]
    assert judged(answers) == [f"p99 is {late * 1000:.1f} ms, promised are {SETTINGS.load_p99_ms}"]


def test_another_release_is_no_answer() -> None:
    with pytest.raises(ReleaseError, match=f"{'b' * 40} answers, deployed is {'a' * 40}"):
        judged([*CALM, replace(GOOD, commit="b" * 40)])


def test_the_table_has_a_line_for_every_window() -> None:
    assert stage.table([figures.of(CALM)] * 3).row_count == 3
