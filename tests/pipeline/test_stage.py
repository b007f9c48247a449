"""A run that is not green leaves a report at once, for no later stage will write one; a broken report hides nothing."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, cast

import nox
import pytest

from pipeline import commit, evidence, stage, workspace
from pipeline.commit import Commit
from pipeline.errors import UsageError
from pipeline.evidence import Verdict
from pipeline.stage import Run
from pipeline.workspace import locate
from tests.pipeline.report import samples
from tests.pipeline.report.samples import TAG


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of a project of its own, as part of the command that the sample records are from."""
    monkeypatch.setenv("PORTCULLIS_BEGAN", "1000.0")
    (tmp_path / "noxfile.py").write_text(samples.NOXFILE)
    return Run(replace(locate(), root=tmp_path), Commit(TAG, 1))


def put(run: Run, *verdicts: Verdict, began: float = 1000.0) -> None:
    for record, verdict in zip(samples.records(), verdicts, strict=False):
        evidence.write(run.evidence, replace(record, verdict=verdict, began=began))


@pytest.mark.parametrize("verdict", ["failed", "interrupted"])
def test_a_stage_that_did_not_pass_leaves_a_report_and_so_does_one_that_ends_after_it(run: Run, verdict: Verdict) -> None:
    put(run, verdict, "passed")
    page = stage._report(run)
    assert page == run.evidence / "report.html"
    assert "Not released: lint" in page.read_text()


def test_a_green_run_waits_for_its_summary_and_an_earlier_command_is_another_run(run: Run) -> None:
    put(run, "passed", "passed")
    assert stage._report(run) is None
    put(run, "failed", began=900.0)
    assert stage._report(run) is None


def test_a_report_that_cannot_be_written_is_none(run: Run) -> None:
    put(run, "failed")
    (run.workspace.root / "noxfile.py").write_text("def (")
    assert stage._report(run) is None


def test_the_stages_record_and_line_are_kept(run: Run) -> None:
    def lint(_run: Run) -> None:
        raise ZeroDivisionError

    assert stage._execute(lint, run, "lint").startswith("lint: ZeroDivisionError")
    (record,) = evidence.read(run.evidence)
    assert (record.stage, record.verdict, record.began) == ("lint", "failed", 1000.0)


class Session:
    """As much of a Nox session as a stage uses."""

    posargs: tuple[str, ...] = ()

    def error(self, line: str) -> NoReturn:
        """End with a line, as Nox does."""
        raise EndedError(line)


class EndedError(Exception):
    """How a session ends that failed."""


def blocked_log(run: Run) -> None:
    run.evidence.parent.mkdir()
    run.evidence.write_text("a file where the folder should be")


def blocked_record(run: Run) -> None:
    (run.evidence / "lint.json").mkdir(parents=True)


@pytest.mark.parametrize("block", [blocked_log, blocked_record])
def test_evidence_that_cannot_be_written_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, block: Callable[[Run], None]
) -> None:
    block(run)
    monkeypatch.setattr(workspace, "locate", lambda: run.workspace)
    monkeypatch.setattr(commit, "read", lambda _root: run.commit)

    def lint(run: Run) -> None:
        run.summary = "everything was looked at"

    with pytest.raises(EndedError) as ended:
        stage.stage(lint)(cast("nox.Session", Session()))
    line = str(ended.value).partition("\n")[0]
    assert re.fullmatch(
        rf"lint: {run.evidence} cannot be written: (File exists|Is a directory) -> ls -ld {run.evidence.parent} {run.evidence}; make .*",
        line,
    )
    assert "everything was looked at" not in caplog.text


def test_the_stages_own_error_is_told_before_that_of_its_record(run: Run) -> None:
    def lint(_run: Run) -> None:
        raise UsageError("a word is wrong", fix="correct it")

    blocked_record(run)
    assert stage._execute(lint, run, "lint") == "lint: a word is wrong -> correct it"
