"""The copies of the Terraform state: owner only, bounded in number, and put back when the state is not readable."""

import json
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import backups


def state(tmp_path: Path, serial: int = 1) -> Path:
    file = tmp_path / "terraform.tfstate"
    file.write_text(json.dumps({"version": 4, "serial": serial, "lineage": "x", "resources": []}))
    return file


def serials(file: Path) -> list[int]:
    return [json.loads(copy.read_text())["serial"] for copy in backups.copies(file)]


def test_the_newest_copies_are_kept_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    for serial in range(backups.KEPT + 3):
        backups.keep(state(tmp_path, serial))
    file = tmp_path / "terraform.tfstate"
    assert serials(file) == list(range(backups.KEPT + 2, 2, -1))
    assert {stat.S_IMODE(copy.stat().st_mode) for copy in backups.copies(file)} == {0o600}
    assert stat.S_IMODE(backups.copies(file)[0].parent.stat().st_mode) == 0o700
    assert not list(tmp_path.rglob("*.new"))


@pytest.mark.parametrize("broken", [b"", b"{", b"\xff\xfe", b"[]", b'{"version": 4}', b"null"])
def test_an_unreadable_state_gives_way_to_the_newest_copy(tmp_path: Path, broken: bytes) -> None:
    for serial in (1, 2):
        backups.keep(state(tmp_path, serial))
    file = tmp_path / "terraform.tfstate"
    file.write_bytes(broken)
    assert "was put back" in backups.mend(file)
    assert json.loads(file.read_text())["serial"] == 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (tmp_path / "terraform.tfstate.unreadable").read_bytes() == broken
    assert backups.mend(file) == "", "the second time there is nothing to mend"


def test_a_copy_that_is_unreadable_itself_is_passed_over(tmp_path: Path) -> None:
    for serial in (1, 2):
        backups.keep(state(tmp_path, serial))
    file = tmp_path / "terraform.tfstate"
    backups.copies(file)[0].write_text("{")
    file.write_text("{")
    backups.mend(file)
    assert json.loads(file.read_text())["serial"] == 1


def test_without_a_copy_the_state_is_lost_and_that_is_said(tmp_path: Path) -> None:
    file = tmp_path / "terraform.tfstate"
    file.write_text("{")
    assert "what the cluster has is taken over" in backups.mend(file)
    assert not file.exists()


def test_nothing_is_done_for_a_state_that_is_not_there_or_not_readable(tmp_path: Path) -> None:
    file = tmp_path / "terraform.tfstate"
    backups.keep(file)
    assert backups.mend(file) == ""
    file.write_text("{")
    backups.keep(file)
    assert backups.copies(file) == [], "an unreadable state is no copy to go back to"


@given(st.binary(max_size=200))
def test_no_bytes_stop_the_reader(content: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        assert backups.readable(Path(file.name)) is False
