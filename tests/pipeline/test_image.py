"""Staging: what a machine chose for its files must not reach the image."""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import image
from pipeline.errors import ImageError


@given(st.integers(0, 0o777), st.integers(0, 2**31))
def test_settled_trees_do_not_show_where_they_come_from(mode: int, moment: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        (tree / "sub").mkdir(parents=True)
        file = tree / "sub" / "file"
        file.touch()
        file.chmod(mode)
        os.utime(file, (moment, moment))
        image.settle(tree)
        assert file.stat().st_mode & 0o7777 == (0o755 if mode & 0o100 else 0o644)
        assert (tree / "sub").stat().st_mode & 0o7777 == 0o755
        assert {path.stat().st_mtime for path in (tree, tree / "sub", file)} == {0}


def test_scripts_go_with_their_lines_in_record(tmp_path: Path) -> None:
    record = tmp_path / "granian-1.dist-info" / "RECORD"
    record.parent.mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "granian").touch()
    record.write_text("../../bin/granian,sha256=x,1\nbin/granian,sha256=x,1\ngranian/bin.py,sha256=y,2\n")
    image._drop_scripts(tmp_path)
    assert not (tmp_path / "bin").exists()
    assert record.read_text() == "granian/bin.py,sha256=y,2\n"


def archive(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "image.tar"
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize("form", ["{}.json", "blobs/sha256/{}"])
def test_the_image_id_is_the_digest_of_the_configuration(tmp_path: Path, form: str) -> None:
    digest = hashlib.sha256(b"{}").hexdigest()
    manifest = json.dumps([{"Config": form.format(digest), "Layers": []}]).encode()
    assert image.image_id(archive(tmp_path, {"manifest.json": manifest})) == f"sha256:{digest}"


def test_an_archive_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"no file manifest\.json"):
        image.image_id(archive(tmp_path, {"something": b"else"}))
