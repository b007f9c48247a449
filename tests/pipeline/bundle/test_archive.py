"""What is packed is read back, and the same files are the same bytes."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.bundle import archive, contents
from pipeline.errors import IntegrityError

NAMES = st.from_regex(r"[a-z0-9_-]{1,8}(?:/[a-z0-9_.-]{0,7}[a-z]){0,2}", fullmatch=True).filter(lambda name: ".." not in name)


@settings(deadline=None)
@given(st.dictionaries(NAMES, st.binary(max_size=2000), max_size=8))
def test_packing_and_unpacking_give_the_files_back(files: dict[str, bytes]) -> None:
    packed = archive.pack(files)
    assert archive.unpack(packed) == files
    assert archive.pack(dict(reversed(files.items()))) == packed


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_at_all_do_more_than_be_refused(packed: bytes) -> None:
    with pytest.raises(IntegrityError):
        archive.unpack(packed)
    with pytest.raises(IntegrityError):
        archive.unpack(archive._GZIP_HEADER + packed)


@pytest.mark.parametrize("name", ["", "/a", "a/", "a//b", "../a", "a/../b", ".", "a/./b", "a b", "a\\b", "a\n", "ä", "a" * 101, "a:b"])
def test_a_name_that_would_be_refused_is_not_packed(name: str) -> None:
    with pytest.raises(IntegrityError, match="is none that an archive may have"):
        archive.pack({name: b""})


def test_ordinary_programs_read_it(tmp_path: Path) -> None:
    files = {"evidence/a.log": b"one\n", "b.txt": b""}
    files["SHA256SUMS"] = contents.sums(files.items())
    (tmp_path / "bundle.tar.gz").write_bytes(archive.pack(files))
    subprocess.run(["tar", "-xzf", "bundle.tar.gz"], cwd=tmp_path, check=True)
    said = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert said.stdout == "b.txt: OK\nevidence/a.log: OK\n"
