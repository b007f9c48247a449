"""One verdict for all tools: green only when nothing can be said against it."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.gates import verdict
from pipeline.gates.ledger import Entry
from pipeline.gates.report import Finding, Report
from pipeline.gates.verdict import Floor

DAY = dt.date(2026, 11, 24)
CLEAN = Report("tool", "1", ("a.py", "b.py"), rules=10)
FLOORS = {"tool": Floor(examined=2, rules=10)}
FINDING = Finding("a.py", 3, "R1", "is bad", "low")
ENTRY = Entry("gate", "R1", "a.py", "a reason that is long enough", "platform", DAY, DAY)

TEXT = st.text(st.characters(codec="ascii", exclude_characters="\n"), min_size=1, max_size=8)
SEVERITIES: st.SearchStrategy[Any] = st.sampled_from(["unknown", "info", "low", "medium", "high", "critical"])
FINDINGS = st.builds(Finding, file=TEXT, line=st.integers(0, 9), rule=TEXT, message=TEXT, severity=SEVERITIES)
REPORTS = st.builds(
    Report,
    tool=st.just("tool"),
    version=TEXT,
    examined=st.lists(TEXT, max_size=4, unique=True).map(tuple),
    rules=st.none() | st.integers(0, 20),
    findings=st.lists(FINDINGS, max_size=2).map(tuple),
    errors=st.lists(TEXT, max_size=1).map(tuple),
    unverified=st.lists(TEXT, max_size=1).map(tuple),
)


def test_a_clean_report_is_green() -> None:
    judged = verdict.judge("gate", [CLEAN], floors=FLOORS)
    assert judged.green
    assert (judged.exit_code, judged.examined, judged.rules) == (0, 2, 10)


@given(REPORTS, st.booleans())
def test_green_means_that_nothing_can_be_said_against_it(report: Report, strict: bool) -> None:  # noqa: FBT001 - hypothesis' argument
    judged = verdict.judge("gate", [report], floors=FLOORS, strict=strict)
    spotless = not report.findings and not report.errors and len(report.examined) >= 2 and 10 <= (report.rules or 0) <= 16
    assert judged.green == (spotless and not (strict and report.unverified))
    assert (judged.exit_code == 0) == judged.green


@given(SEVERITIES)
def test_any_severity_is_red(severity: Any) -> None:  # noqa: ANN401 - a literal
    judged = verdict.judge("gate", [replace(CLEAN, findings=(replace(FINDING, severity=severity),))], floors=FLOORS)
    assert judged.exit_code == 1


@pytest.mark.parametrize(
    ("reports", "floors", "error"),
    [
        ([], {}, "gate: no tool ran"),
        ([CLEAN], {}, "gate: tool has no floor in policies/floors.toml"),
        ([CLEAN], {**FLOORS, "other": Floor(1)}, "gate: other has a floor in policies/floors.toml and did not run"),
        ([replace(CLEAN, examined=("a.py",))], FLOORS, "gate: tool examined 1 files, the floor is 2"),
        ([replace(CLEAN, rules=9)], FLOORS, "gate: tool applied 9 rules, the floor is 10"),
        (
            [replace(CLEAN, examined=tuple("abcdef"))],
            FLOORS,
            "gate: tool has 6 files and a floor of 2, which would miss a loss: raise the floor",
        ),
        ([replace(CLEAN, rules=None)], FLOORS, "gate: tool applied 0 rules, the floor is 10"),
        ([replace(CLEAN, errors=("a.py: cannot be parsed",))], FLOORS, "a.py: cannot be parsed"),
        ([replace(CLEAN, examined=())], None, "gate: tool examined nothing"),
    ],
)
def test_each_way_to_pass_by_is_an_error(reports: list[Report], floors: dict[str, Floor] | None, error: str) -> None:
    judged = verdict.judge("gate", reports, floors=floors)
    assert judged.errors == (error,)
    assert judged.exit_code == 2


def test_a_history_may_grow_without_its_floor() -> None:
    floors = {"tool": Floor(examined=1, rules=10, grows=True)}
    assert verdict.judge("gate", [replace(CLEAN, examined=tuple("abcdefgh"))], floors=floors).green


def test_an_exception_covers_exactly_its_finding() -> None:
    others = (replace(FINDING, rule="R2"), replace(FINDING, file="b.py"), replace(FINDING, resource="x"))
    judged = verdict.judge("gate", [replace(CLEAN, findings=(FINDING, *others))], floors=FLOORS, ledger=[ENTRY])
    assert judged.excepted == ((FINDING, ENTRY),)
    assert set(judged.findings) == set(others)


def test_an_exception_that_covers_nothing_is_an_error() -> None:
    judged = verdict.judge("gate", [CLEAN], floors=FLOORS, ledger=[ENTRY])
    assert judged.errors == ("gate: exception for R1 in a.py matches nothing any more, remove it",)


def test_the_unverified_is_told_and_in_a_strict_run_red() -> None:
    report = replace(CLEAN, unverified=("the image's packages",))
    assert verdict.judge("gate", [report], floors=FLOORS).unverified == ("the image's packages",)
    strict = verdict.judge("gate", [report], floors=FLOORS, strict=True)
    assert strict.errors == ("gate: unverified: the image's packages",)
