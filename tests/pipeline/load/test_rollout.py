"""A change of the service may cost nothing, and a wrong answer is never allowed."""

from dataclasses import replace

from pipeline.load import rollout
from pipeline.load.rollout import Effect
from pipeline.load.timeline import Event
from tests.pipeline.load.test_figures import GOOD

FAILED = replace(GOOD, status=0, right=False, error="connection refused")


def test_an_event_is_charged_with_what_was_sent_during_it_and_in_the_calm_after() -> None:
    answers = [replace(FAILED, sent=sent) for sent in (9.9, 10.0, 12.0, 14.9)] + [replace(GOOD, sent=15.1)]
    found = rollout.effect(Event("rollback", 10.0, 12.0), answers)
    assert (found.requests, found.failed, found.reasons) == (3, 3, ("3 x connection refused",))


def test_one_lost_request_is_red_and_says_why() -> None:
    answers = [replace(GOOD, sent=10 + number / 1000) for number in range(2000)]
    assert rollout.judge([rollout.effect(Event("rollback", 10.0, 12.0), answers)], 0) == []
    change = rollout.effect(Event("rollback", 10.0, 12.0), [*answers, replace(FAILED, sent=11.0)])
    assert rollout.judge([change], 0) == ["rollback: 1 of 2001 requests failed (1 x connection refused)"]


def test_a_wrong_answer_is_red_whatever_else_is_green() -> None:
    assert rollout.judge([], 1) == ["1 answers were wrong"]


KILLED = [Effect(f"SIGKILL {number}", 5.0, 10_000, 5, 9.0, ("5 x EOF",)) for number in range(4)]


def test_kills_may_cost_one_request_in_two_thousand() -> None:
    assert rollout.judge_kills(KILLED, 47_500) == []


def test_one_more_is_red_and_says_why() -> None:
    assert rollout.judge_kills([*KILLED[:3], replace(KILLED[3], failed=6)], 47_500) == [
        "SIGKILL lost 21 of 40000 requests, allowed are 0.05% (5 x EOF, 5 x EOF, 5 x EOF, 5 x EOF)"
    ]


def test_fewer_kills_or_requests_prove_too_little() -> None:
    assert rollout.judge_kills(KILLED[:3], 9_999) == [
        "3 instances were killed, meant are 4",
        "9999 requests prove too little, at least 10000 are needed",
    ]


def test_the_calm_after_a_kill_is_part_of_it() -> None:
    answers = [replace(GOOD, sent=sent) for sent in (10.0, 50.0, 131.9, 132.1)]
    assert rollout.effect(Event("SIGKILL 1", 10.0, 12.0), answers, 120.0).requests == 3
