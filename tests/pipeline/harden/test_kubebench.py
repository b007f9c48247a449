"""The second opinion: read from what kube-bench prints, and explained or not by our verdicts."""

import json
from dataclasses import replace

import pytest

from pipeline.errors import ClusterError
from pipeline.harden import kubebench
from pipeline.harden.judge import Result
from pipeline.harden.kubebench import Opinion

PASSED = Result("1.1.1", "manifest", "PASS", "600")
MISLED = Opinion("1.1.19", "FAIL", "")
PKI = Result("1.1.19", "keys", "PASS", "root:root")


def printed(count: int) -> str:
    results = [{"test_number": f"9.{number}", "status": "PASS", "actual_value": "a\n  b"} for number in range(count)]
    return json.dumps({"Controls": [{"id": "1", "tests": [{"section": "1.1", "results": results}]}]})


def test_each_test_is_read() -> None:
    found = kubebench.parse(printed(130))
    assert (len(found), found[3]) == (130, Opinion("9.3", "PASS", "a b"))


@pytest.mark.parametrize("said", ["", "{}", "[]", '{"Controls": [{}]}', printed(119)])
def test_too_little_is_no_opinion(said: str) -> None:
    with pytest.raises(ClusterError, match="kube-bench"):
        kubebench.parse(said)


@pytest.mark.parametrize(
    ("opinion", "ours"),
    [
        (Opinion("1.1.1", "PASS", ""), PASSED),
        (Opinion("1.1.1", "WARN", "x"), PASSED),
        (Opinion("1.1.1", "FAIL", "x"), replace(PASSED, verdict="WARN")),
        (Opinion("1.1.1", "PASS", ""), replace(PASSED, verdict="FAIL")),  # which is red by itself
        (MISLED, PKI),
    ],
)
def test_an_opinion_that_our_verdict_explains_is_not_held_against_it(opinion: Opinion, ours: Result) -> None:
    assert kubebench.unexplained([opinion], [ours]) == ()


@pytest.mark.parametrize(
    ("opinion", "ours", "note"),
    [
        (Opinion("1.1.1", "FAIL", "644"), PASSED, "kube-bench fails what passes here: see which of the two is right"),
        (Opinion("1.1.1", "WARN", "644"), replace(PASSED, verdict="FAIL", note="mend"), "mend"),
        (replace(MISLED, status="PASS"), PKI, "kube-bench no longer fails it: remove it from _MISLED"),
    ],
)
def test_everything_else_is_a_failure(opinion: Opinion, ours: Result, note: str) -> None:
    (found,) = kubebench.unexplained([opinion], [ours])
    assert found == Result(f"kube-bench {opinion.id}", ours.title, "FAIL", f"{opinion.status} {opinion.seen}".strip(), note)


def test_a_control_that_we_do_not_know_is_a_failure() -> None:
    (found,) = kubebench.unexplained([Opinion("7.7", "PASS", "")], [PASSED])
    assert (found.id, found.verdict) == ("kube-bench 7.7", "FAIL")


def test_opinions_are_counted() -> None:
    assert kubebench.counts([MISLED, Opinion("1", "PASS", ""), Opinion("2", "PASS", "")]) == "2 PASS, 1 FAIL"
