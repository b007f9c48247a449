"""Judging what became of a bad release; bringing one is the stage's own proof."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import workspace
from pipeline.errors import UsageError
from pipeline.rollback import kinds, stage
from pipeline.rollback.stage import Attempt, Outcome

KINDS = kinds.known(workspace.locate())
RED = Attempt("release bbb failed: it crashes; release aaa runs again and answers", "trial", 5.0, 12.0)
GOOD = Outcome("crashes", "trial", RED, RED, "", 1000, 0, 0, ())


def test_a_bad_release_that_did_no_harm_has_no_fault() -> None:
    assert stage.judge(GOOD) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"first": Attempt("", "", 0.0, 9.0)}, "the first apply was green"),
        ({"second": Attempt("", "", 0.0, 9.0)}, "the second apply was green"),
        ({"first": replace(RED, error="it crashes; going back failed too")}, "after the first apply the old release does not run"),
        ({"second": replace(RED, whole=90.1)}, "the second apply took 90 s until the old release was whole, 90 are allowed"),
        ({"first": replace(RED, by="look")}, "it was noticed by the look, expected was the trial"),
        ({"failed": 1, "reasons": ("1 x status 503",)}, r"1 of 1000 requests failed, 0 wrongly \(1 x status 503\)"),
        ({"wrong": 2}, "2 wrongly"),
        ({"fixed": "too slow"}, "the corrected commit was not released: too slow"),
    ],
)
def test_each_harm_is_told_with_the_kind_of_release(change: dict[str, Any], fault: str) -> None:
    (line,) = stage.judge(replace(GOOD, **change))
    assert line.startswith("a release that crashes: ")
    assert re.search(fault, line)


@given(st.floats(0, 90), st.floats(0, 90))
def test_ninety_seconds_are_enough(first: float, second: float) -> None:
    assert stage.judge(replace(GOOD, first=replace(RED, whole=first), second=replace(RED, whole=second))) == []


def test_all_kinds_are_brought_unless_some_are_named() -> None:
    assert stage.choose((), KINDS) == KINDS
    assert [kind.name for kind in stage.choose(("--kind=slow", "--kind=quota"), KINDS)] == ["is slow", "has too small a quota"]


@pytest.mark.parametrize("words", [("--kind=nothing",), ("slow",), ("--kind=slow", "--all")])
def test_words_that_name_no_kind_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="names no kind of bad release"):
        stage.choose(words, KINDS)
