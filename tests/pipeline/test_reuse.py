"""A proof is reused only while what it is about is the same, and never when in doubt."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import engine, reuse, workspace
from pipeline.commit import Commit
from pipeline.errors import FindingError
from pipeline.stage import Run

COMMIT = Commit("a" * 40, 1, tree="c" * 40)
Subject = Callable[[Run], str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    place = replace(workspace.locate(), root=tmp_path, state=tmp_path / "state", cache=tmp_path / "cache")
    monkeypatch.setattr(reuse, "_started", lambda _: "2026-11-24T10:00:00Z")  # no engine in fast tests
    monkeypatch.setattr(engine, "image_id", lambda reference: f"sha256:{reference}")
    return Run(place, COMMIT)


def proven(run: Run, subject: Subject = reuse.of_cluster) -> bool:
    """Run the stage once as another process would and return whether it did its work."""
    done: list[Run] = []

    def prove(made: Run) -> None:
        done.append(made)
        made.summary = "63 attacks"

    made = Run(run.workspace, run.commit, run.arguments)
    reuse.unless_unchanged(made, "pentest", prove, subject)
    assert made.summary == "63 attacks"
    return bool(done)


def held(run: Run) -> Path:
    (path,) = (run.workspace.cache / "proofs").iterdir()
    return path


def test_the_second_run_keeps_the_first_ones_word(run: Run) -> None:
    assert [proven(run), proven(run), proven(run)] == [True, False, False]


def test_another_commit_another_cluster_and_words_are_proven_again(run: Run) -> None:
    proven(run)
    assert proven(replace(run, commit=replace(COMMIT, sha="b" * 40)))
    assert proven(replace(run, arguments=("--no-cache",)))
    run.workspace.state.mkdir()
    (run.workspace.state / "cluster.json").write_text("{}")
    assert proven(run)


def test_the_same_files_under_another_commit_are_proven(run: Run) -> None:
    assert proven(run, reuse.of_tree)
    assert not proven(replace(run, commit=replace(COMMIT, sha="b" * 40)), reuse.of_tree)
    assert proven(replace(run, commit=replace(COMMIT, tree="d" * 40)), reuse.of_tree)


def test_another_image_under_the_same_tag_is_proven(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert proven(run, reuse.of_image)
    assert not proven(run, reuse.of_image)
    monkeypatch.setattr(engine, "image_id", lambda _: "sha256:other")
    assert proven(run, reuse.of_image)
    assert proven(replace(run, commit=replace(COMMIT, tree="d" * 40)), reuse.of_image)


def test_a_part_of_a_stage_keeps_its_figures_to_itself(run: Run) -> None:
    def prove(own: Run) -> None:
        own.figures["tests"], own.summary = 7, "7 tests"

    run.summary = "judged"
    first, second = (reuse.part(run, "structure", prove, reuse.of_tree) for _ in range(2))
    assert (first.summary, first.figures) == (second.summary, second.figures)
    assert (run.summary, run.figures) == ("judged", {})


def test_a_tree_with_changes_is_always_proven_and_proves_nothing_else(run: Run) -> None:
    dirty = replace(run, commit=replace(COMMIT, changed=("app/service.py",)))
    assert [proven(dirty, reuse.of_tree), proven(dirty, reuse.of_tree), proven(run, reuse.of_tree)] == [True, True, True]


def test_a_proof_of_a_part_stands_for_nothing_but_itself(run: Run) -> None:
    assert proven(replace(run, arguments=("--group=http",)))
    assert proven(run)


def test_what_failed_is_tried_again(run: Run) -> None:
    def fail(_: Run) -> None:
        raise FindingError("an attack got through", fix="mend it")

    with pytest.raises(FindingError):
        reuse.unless_unchanged(run, "pentest", fail, reuse.of_cluster)
    assert proven(run)


@pytest.mark.parametrize("seconds", [25 * 3600, -60])
def test_an_old_proof_and_one_from_the_future_do_not_hold(run: Run, seconds: float) -> None:
    proven(run)
    kept = json.loads(held(run).read_text())
    kept["figures"]["proven"] -= seconds
    held(run).write_text(json.dumps(kept))
    assert proven(run)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"figures": {}}', '{"figures": {"proven": "yesterday"}}'])
def test_a_proof_that_cannot_be_read_counts_as_none(run: Run, text: str) -> None:
    proven(run)
    held(run).write_text(text)
    assert proven(run)
