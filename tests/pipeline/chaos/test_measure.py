"""What a fault cost is counted whole, and judged by what it may cost."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import workspace
from pipeline.chaos import measure
from pipeline.chaos.fault import Allowed, Effect, Fault, nothing
from tests.pipeline.load.test_figures import GOOD

BAD = replace(GOOD, status=0, right=False, error="connection refused")
FAULT = Fault("node-kill", "node killed", nothing, Allowed(failed=0.1, outage=2, seconds=60))
CALM = [replace(GOOD, sent=100 + number / 10) for number in range(100)]


def faults(*bad: float, recovered: float | None = 5.0, found: tuple[str, ...] = ()) -> tuple[str, ...]:
    answers = sorted([*CALM, *(replace(BAD, sent=sent) for sent in bad)], key=lambda answer: answer.sent)
    return measure.effect(FAULT, answers, recovered, found).faults


def test_what_is_allowed_is_no_fault() -> None:
    answers = [*CALM, replace(BAD, sent=111.0)]
    expected = Effect("node-kill", "node killed", requests=101, failed=1, wrong=0, outage=0.0, recovered=59.9, by="itself")
    assert measure.effect(FAULT, answers, 59.94, ()) == expected


def test_a_cure_is_told_as_it_is_typed() -> None:
    assert measure.effect(replace(FAULT, cure=("cluster",)), CALM, 1.0, ()).by == "nox -s cluster"


def test_too_many_failures_are_red_and_say_why() -> None:
    bad = [100.05 + number / 10 for number in range(20)]
    assert faults(*bad) == ("20 of 120 requests failed (20 x connection refused)",)


def test_a_long_outage_is_red_though_few_requests_failed() -> None:
    assert faults(110.0, 112.5) == ("no good answer for 2.5 s, allowed are 2",)


@pytest.mark.parametrize("recovered", [None, 60.1])
def test_a_late_or_missing_recovery_is_red(recovered: float | None) -> None:
    assert faults(recovered=recovered) == ("not whole within 60 s",)


def test_what_was_lost_and_wrong_answers_are_red_whatever_is_allowed() -> None:
    wrong = [*CALM, replace(GOOD, sent=111, right=False)]
    assert measure.effect(FAULT, wrong, 1.0, ("releases.json cannot be read",)).faults == (
        "releases.json cannot be read",
        "1 answers were wrong",
    )


def test_failures_before_the_fault_are_told_apart() -> None:
    answers = [replace(BAD, sent=99.0), *CALM, replace(BAD, sent=111.0)]
    assert measure.restless(answers, 101.0) == ["1 of 11 requests failed before it began"]
    assert measure.restless(answers[1:], 101.0) == measure.restless([], 101.0) == []


@given(st.lists(st.booleans(), max_size=40))
def test_an_outage_is_the_longest_time_without_a_good_answer(good: list[bool]) -> None:
    answers = [replace(GOOD if each else BAD, sent=float(number)) for number, each in enumerate(good)]
    runs = "".join("." if each else "x" for each in good)
    # From the first failure to the next good answer, or to the last request that was sent.
    lengths = [len(part) for part in runs.split(".")[:-1]] + [max(len(runs.rpartition(".")[2]) - 1, 0)]
    assert measure.outage(answers) == max(lengths)


def test_a_state_that_does_not_last_is_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    now, states = [0.0], iter([["late"], [], ["again"], [], *[[]] * 9])

    def pass_time(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr("pipeline.chaos.measure.time.monotonic", lambda: now[0])
    monkeypatch.setattr("pipeline.chaos.measure.time.sleep", pass_time)
    monkeypatch.setattr(measure, "faults", lambda _place: next(states))
    assert measure.await_whole(workspace.locate(), 100.0, []) == 3.0


def test_what_is_still_wrong_at_the_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "faults", lambda _place: ["a", "b", "c"])
    found: list[str] = []
    assert measure.await_whole(workspace.locate(), 0.0, found) is None
    assert found == ["a", "b"]
