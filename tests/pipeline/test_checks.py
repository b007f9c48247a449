"""A suite that skipped or ran nothing is not green."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import checks, commit, workspace
from pipeline.errors import FindingError
from pipeline.stage import Run
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


def test_passed_tests_are_counted(run: Run) -> None:
    (run.workspace.root / "test_it.py").write_text("def test_a():\n    pass\n")
    checks.pytest(run, ("test_it.py",), timeout=30, environment=BARE)
    assert run.summary == "1 tests passed"


def test_whatever_shares_the_clone_with_a_cluster_is_in_one_lane() -> None:
    """A second process would make a second cluster, and each would wait for the other's memory and ports."""
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if re.search(r"def test_\w+\((clone|deployed): Clone", path.read_text())]
    assert len(files) >= 4
    assert {checks.lane(f"{path.relative_to(ROOT)}::test") for path in files} == {"cluster"}
    assert checks.lane("tests/docker/test_image.py::test") == checks.lane("tests/e2e/test_gates.py::test") == "rest"
