"""A proof is reused only while what it is about is the same, and never when in doubt."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import evidence, reuse, workspace
from pipeline.commit import Commit
from pipeline.evidence import Record
from pipeline.stage import Run

NOW = 1_000_000.0
PASSED = Record("pentest", "tag", "passed", NOW - 60, 50.0, "63 attacks", figures={"subject": "key", "proven": NOW - 60})


def test_a_proof_of_the_same_subject_holds_for_a_day() -> None:
    assert reuse.still_holds(PASSED, "key", NOW) == PASSED
    assert reuse.still_holds(PASSED, "key", NOW + 24 * 3600) is None


@pytest.mark.parametrize(
    "figures", [{}, {"subject": "key"}, {"subject": "other", "proven": NOW - 60}, {"subject": "key", "proven": NOW + 60}]
)
def test_another_subject_a_missing_or_a_future_time_do_not_hold(figures: dict[str, object]) -> None:
    assert reuse.still_holds(replace(PASSED, figures=figures), "key", NOW) is None


def test_what_never_ran_does_not_hold() -> None:
    assert reuse.still_holds(None, "key", NOW) is None


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    place = replace(workspace.locate(), root=tmp_path, state=tmp_path / "state")
    monkeypatch.setattr(reuse, "_started", lambda _: "2026-11-24T10:00:00Z")  # no engine in fast tests
    return Run(place, Commit("a" * 40, 1))


def proven(run: Run) -> list[str]:
    """Run the stage once and return what it did."""
    done: list[str] = []

    def prove(made: Run) -> None:
        done.append("proved")
        made.summary = "63 attacks"

    reuse.unless_unchanged(run, "pentest", prove, reuse.of_cluster)
    record = Record("pentest", run.commit.tag, "passed", time.time(), 1.0, run.summary, figures=dict(run.figures))
    evidence.write(run.evidence, record)
    return done


def test_the_second_run_keeps_the_first_ones_word(run: Run) -> None:
    assert proven(run) == ["proved"]
    again = Run(run.workspace, run.commit)
    assert proven(again) == []
    assert again.summary == "63 attacks"
    assert proven(Run(run.workspace, run.commit)) == []


def test_another_commit_another_cluster_and_words_are_proven_again(run: Run) -> None:
    proven(run)
    assert proven(Run(run.workspace, Commit("b" * 40, 1))) == ["proved"]
    assert proven(Run(run.workspace, run.commit, ("--no-cache",))) == ["proved"]
    (run.workspace.state).mkdir()
    (run.workspace.state / "cluster.json").write_text("{}")
    assert proven(Run(run.workspace, run.commit)) == ["proved"]


def test_a_tree_with_changes_is_always_proven(run: Run) -> None:
    dirty = Commit("a" * 40, 1, ("app/service.py",))
    assert proven(Run(run.workspace, dirty)) == ["proved"]
    assert proven(Run(run.workspace, dirty)) == ["proved"]


def test_the_tree_alone_is_no_matter_of_the_cluster(run: Run) -> None:
    before = reuse.of_commit(run), reuse.of_cluster(run)
    run.workspace.state.mkdir()
    (run.workspace.state / "cluster.json").write_text("{}")
    assert reuse.of_commit(run) == before[0]
    assert reuse.of_cluster(run) != before[1]
    assert reuse.of_commit(Run(run.workspace, Commit("b" * 40, 1))) != before[0]


def test_a_proof_of_a_part_stands_for_nothing_but_itself(run: Run) -> None:
    assert proven(Run(run.workspace, run.commit, ("--group=http",))) == ["proved"]
    assert proven(Run(run.workspace, run.commit)) == ["proved"]
