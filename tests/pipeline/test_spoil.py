"""How the service can be broken is told completely, and each change meets the tree."""

import shutil
from pathlib import Path

import pytest

from pipeline import spoil
from pipeline.errors import FindingError, UsageError
from pipeline.spoil import Edit
from pipeline.workspace import ROOT


@pytest.mark.parametrize("way", spoil.WAYS)
def test_the_service_of_this_tree_can_be_broken_in_every_way(way: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "app", tmp_path / "app")
    edits = spoil.load(ROOT)[way]
    spoil.apply(edits, tmp_path)
    for edit in edits:
        changed = (tmp_path / edit.file).read_text()
        assert changed != (ROOT / edit.file).read_text()
        compile(changed, edit.file, "exec")


@pytest.mark.parametrize("text", ["", "old old"])
def test_a_change_that_meets_nothing_or_too_much_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(text)
    with pytest.raises(FindingError, match="'old' is"):
        spoil.apply([Edit("file", "old", "new")], tmp_path)
    assert (tmp_path / "file").read_text() == text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "misses way 'crash'"),
        ("[[burns]]\nfile = 'a'\nold = 'b'\nnew = 'c'\n", "has an unknown way 'burns'"),
        ("[[crash]]\nfile = 'a'\n", "cannot be read"),
        ("[crash]\nfile = 'a'\n", "cannot be read"),
        ("crash", "cannot be read"),
    ],
)
def test_a_file_that_does_not_tell_every_way_is_refused_in_one_line(text: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / spoil.FILE).parent.mkdir(parents=True)
    (tmp_path / spoil.FILE).write_text(text)
    with pytest.raises(UsageError, match=fault):
        spoil.load(tmp_path)
