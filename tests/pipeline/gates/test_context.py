"""Tools are handed out only when they are the pinned ones, byte for byte."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import workspace
from pipeline.errors import IntegrityError
from pipeline.gates import context


def test_a_packaged_tool_is_the_one_that_was_installed() -> None:
    found = context.pinned(workspace.locate(), "ruff")
    assert found.path == Path(sys.executable).with_name("ruff")
    assert found.version.count(".") == 2


def test_a_program_that_was_replaced_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true = shutil.which("true")
    assert true is not None
    shutil.copy(true, tmp_path / "bandit")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(IntegrityError, match="bandit is not what was installed from"):
        context.pinned(workspace.locate(), "bandit")
    with pytest.raises(IntegrityError, match="ruff has no program ruff"):
        context.pinned(workspace.locate(), "ruff")


def test_another_version_than_the_locks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text('[[package]]\nname = "ruff"\nversion = "0.0.1"\n')
    with pytest.raises(IntegrityError, match=r"ruff is \d+\.\d+\.\d+, uv.lock pins 0\.0\.1"):
        context.pinned(replace(workspace.locate(), root=tmp_path), "ruff")
