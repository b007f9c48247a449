"""What people see of a verdict, and the words that they may type."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import commit, workspace
from pipeline.errors import FindingError, UsageError
from pipeline.gates import stages, verdict
from pipeline.gates.ledger import Entry
from pipeline.gates.report import Finding, Report
from pipeline.gates.verdict import Floor
from pipeline.stage import Run

DAY = dt.date(2026, 11, 24)
FLOORS = {"tool": Floor(1)}
FINDING = Finding("a.yaml", 3, "R1", "is bad: 100%, really", "high", "mend it", "Pod/a")
RED = Report("tool", "1", ("a.yaml",), 7, (FINDING,), ("b.yaml: unparsed",), ("the rest",))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(replace(workspace.locate(), root=tmp_path), commit.Commit("0" * 40, 1))


def test_each_finding_says_where_which_rule_what_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert stages.lines(verdict.judge("gate", [RED], floors=FLOORS)) == [
        "gate: a.yaml:3 R1 [Pod/a] is bad: 100%, really -> mend it",
        "gate: error: b.yaml: unparsed",
        "gate: unverified: the rest",
    ]


def test_on_github_findings_stand_beside_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    said = stages.lines(verdict.judge("gate", [RED], floors=FLOORS))[3:]
    assert said == [
        "::error file=a.yaml,line=3,title=R1::is bad%3A 100%25%2C really -> mend it",
        "::error title=gate::b.yaml%3A unparsed",
        "::warning title=gate::unverified: the rest",
    ]


@given(st.text())
def test_no_text_breaks_out_of_an_annotation(text: str) -> None:
    escaped = stages._escaped(text)
    assert not set("\r\n:,") & set(escaped)


def test_a_red_verdict_stops_the_stage_with_its_counts(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FindingError, match="1 findings, 1 errors -> correct the lines above"):
        stages.conclude(run, [verdict.judge("gate", [RED], floors=FLOORS)])
    assert "gate: a.yaml:3 R1" in capsys.readouterr().out
    assert run.figures["findings"] == 1


def test_a_green_verdict_tells_what_it_looked_at_and_what_it_could_not(run: Run) -> None:
    entry = Entry("gate", "R1", "a.yaml", "a reason that is long enough", "platform", DAY, DAY, "Pod/a")
    stages.conclude(run, [verdict.judge("gate", [replace(RED, errors=())], floors=FLOORS, ledger=[entry])])
    assert run.summary == "1 examined, 7 rules, 0 findings, 1 excepted, 1 UNVERIFIED"
    assert run.figures["not_verified"] == ["the rest"]


def test_unknown_words_and_a_missing_path_are_refused(run: Run) -> None:
    with pytest.raises(UsageError, match="lint knows no '--fast'"):
        stages.gate(replace(run, arguments=("--fast",)), "lint")
    with pytest.raises(UsageError, match="nox -s gates needs a path"):
        stages.any_folder(run)


def test_what_is_not_there_cannot_be_judged(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere does not exist"):
        stages.judge_paths(run.workspace, ["sast"], [tmp_path / "nowhere"])
