"""A suite that skipped or ran nothing is not green."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import checks, commit, workspace
from pipeline.errors import FindingError
from pipeline.stage import Run
from pipeline.toolchain import supply
from pipeline.workspace import ROOT

BARE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the suite under test needs none, and they take seconds to load


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(replace(workspace.locate(), root=tmp_path), commit.Commit("a" * 40, 1))


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("def test_a():\n    assert False\n", "1 of 1 tests failed, 0 skipped"),
        ("import pytest\ndef test_a():\n    pytest.skip()\ndef test_b():\n    pass\n", "0 of 2 tests failed, 1 skipped"),
        ("def helper():\n    pass\n", "0 of 0 tests failed"),
        ("import missing_module\n", "1 of 1 tests failed"),
    ],
)
def test_anything_but_passed_tests_is_a_finding(run: Run, source: str, fault: str) -> None:
    (run.workspace.root / "test_it.py").write_text(source)
    with pytest.raises(FindingError, match=fault):
        checks.pytest(run, ("test_it.py",), timeout=30, environment=BARE)


@pytest.mark.parametrize("half", [0, 1])
def test_a_failure_in_either_half_of_the_fast_tests_is_a_finding(run: Run, half: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, result in (("a", half != 0), ("b", half != 1)):
        (run.workspace.root / f"test_{name}.py").write_text(f"def test_it():\n    assert {result}\n")
    monkeypatch.setattr(checks, "HALVES", (("test_a.py",), ("test_b.py",)))
    monkeypatch.setattr(supply, "tool", lambda *_: None)
    monkeypatch.setattr(supply, "module", lambda *_: None)
    with pytest.raises(FindingError, match="1 of 2 tests failed, 0 skipped"):
        checks.unit(run)


def test_the_halves_are_all_fast_tests_and_none_twice() -> None:
    first, second = checks.HALVES
    apart = [path for path in first if path.startswith("tests/pipeline/")]
    assert [path for path in first if path not in apart] == ["tests/app", "tests/terraform"]
    assert list(second) == ["tests/pipeline", *(f"--ignore={path}" for path in apart)]
    assert all((ROOT / path).exists() for path in first)


def test_a_half_that_ran_nothing_does_not_pass_unseen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (run.workspace.root / "test_a.py").write_text("def test_it():\n    pass\n")
    (run.workspace.root / "test_b.py").write_text("")
    monkeypatch.setattr(checks, "HALVES", (("test_a.py",), ("test_b.py",)))
    monkeypatch.setattr(supply, "tool", lambda *_: None)
    monkeypatch.setattr(supply, "module", lambda *_: None)
    with pytest.raises(FindingError, match="0 of 1 tests failed"):
        checks.unit(run)


def test_passed_tests_are_counted(run: Run) -> None:
    (run.workspace.root / "test_it.py").write_text("def test_a():\n    pass\n")
    checks.pytest(run, ("test_it.py",), timeout=30, environment=BARE)
    assert run.summary == "1 tests passed"
