"""Every bad release must really be one: its change must meet this tree."""

from pathlib import Path

import pytest

from pipeline import spoil, workspace
from pipeline.rollback import kinds
from pipeline.rollback.kinds import Kind
from pipeline.workspace import ROOT


@pytest.mark.parametrize("kind", kinds.known(workspace.locate()), ids=lambda kind: kind.name)
def test_each_change_meets_this_tree_and_leaves_python_that_compiles(kind: Kind, tmp_path: Path) -> None:
    for edit in kind.edits:
        (tmp_path / edit.file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / edit.file).write_text((ROOT / edit.file).read_text())
    spoil.apply(kind.edits, tmp_path)
    for edit in kind.edits:
        text = (tmp_path / edit.file).read_text()
        assert text != (ROOT / edit.file).read_text()
        if edit.file.endswith(".py"):
            compile(text, edit.file, "exec")
