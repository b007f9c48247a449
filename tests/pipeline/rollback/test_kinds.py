"""Every bad release must really be one: its change must meet this tree."""

from pathlib import Path

import pytest

from pipeline.errors import FindingError
from pipeline.rollback import kinds
from pipeline.rollback.kinds import KINDS, Edit, Kind
from pipeline.workspace import ROOT


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_change_meets_this_tree_and_leaves_python_that_compiles(kind: Kind, tmp_path: Path) -> None:
    for edit in kind.edits:
        (tmp_path / edit.file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / edit.file).write_text((ROOT / edit.file).read_text())
    kinds.apply(kind, tmp_path)
    for edit in kind.edits:
        text = (tmp_path / edit.file).read_text()
        assert text != (ROOT / edit.file).read_text()
        if edit.file.endswith(".py"):
            compile(text, edit.file, "exec")


@pytest.mark.parametrize("text", ["", "old old"])
def test_a_change_that_meets_nothing_or_too_much_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(text)
    with pytest.raises(FindingError, match="'old' is"):
        kinds.apply(Kind("is bad", "trial", (Edit("file", "old", "new"),)), tmp_path)
    assert (tmp_path / "file").read_text() == text
