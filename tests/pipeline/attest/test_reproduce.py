"""Two builds that differ are told apart by name, whatever it is that differs."""

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.attest import difference, reproduce
from pipeline.errors import ImageError
from pipeline.image import Built

FILES: dict[str, dict[str, Any]] = {"etc/passwd": {"content": b"root"}, "usr/lib/x.pyc": {"content": b"code", "mode": 0o644}}


def image(path: Path, files: dict[str, dict[str, Any]], **config: object) -> Path:
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for name, each in files.items():
            member = tarfile.TarInfo(name)
            for field, value in each.items():
                if field != "content":
                    setattr(member, field, value)
            member.size = len(each["content"])
            tar.addfile(member, io.BytesIO(each["content"]))
    parts = {"config.json": json.dumps(config).encode(), "layer.tar": layer.getvalue()}
    parts["manifest.json"] = json.dumps([{"Config": "config.json", "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(path, "w") as tar:
        for name, content in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def test_the_same_image_has_no_difference(tmp_path: Path) -> None:
    assert difference.between(image(tmp_path / "a", FILES, User="1"), image(tmp_path / "b", FILES, User="1")) == []


def test_each_difference_is_told_with_its_file(tmp_path: Path) -> None:
    others: dict[str, dict[str, Any]] = {
        "usr/lib/x.pyc": {"content": b"c0de", "mode": 0o600, "mtime": 7},
        "etc/more": {"content": b""},
    }
    said = difference.between(image(tmp_path / "a", FILES, User="1"), image(tmp_path / "b", others, User="0"))
    shas = [hashlib.sha256(text).hexdigest()[:16] for text in (b"code", b"c0de")]
    assert said == [
        "configuration: User '1' and '0'",
        "layer 1 /etc/more: only in the second",
        "layer 1 /etc/passwd: only in the first",
        "layer 1 /usr/lib/x.pyc: order 1 and 0",
        "layer 1 /usr/lib/x.pyc: mode 420 and 384",
        "layer 1 /usr/lib/x.pyc: mtime 0 and 7",
        f"layer 1 /usr/lib/x.pyc: sha256 {shas[0]!r} and {shas[1]!r}",
    ]


def test_another_order_alone_is_a_difference(tmp_path: Path) -> None:
    backwards = dict(reversed(FILES.items()))
    assert len(difference.between(image(tmp_path / "a", FILES), image(tmp_path / "b", backwards))) == 2


def test_a_long_list_is_cut_and_says_so(tmp_path: Path) -> None:
    many = {f"f{number:03}": {"content": b""} for number in range(300)}
    said = difference.between(image(tmp_path / "a", {}), image(tmp_path / "b", many))
    assert (len(said), said[-1]) == (201, "and 100 more; in all: 300 only")


def test_what_is_no_image_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"nothing")
    with pytest.raises(ImageError, match="is no image"):
        difference.between(tmp_path / "a", tmp_path / "a")


def test_digests_alone_are_a_difference_too(tmp_path: Path) -> None:
    first = Built(image(tmp_path / "a", FILES), "sha256:1", "sha256:2", 1, 1)
    assert reproduce.compare(first, first) == []
    second = Built(image(tmp_path / "b", FILES), "sha256:3", "sha256:2", 1, 1)
    assert reproduce.compare(first, second) == ["the manifest: sha256:1 and sha256:3"]


@pytest.mark.parametrize("folder", ["manifest.json", "config.json", "layer.tar"])
def test_a_folder_where_an_images_file_should_be_is_told(tmp_path: Path, folder: str) -> None:
    manifest = json.dumps([{"Config": "config.json", "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(tmp_path / "image", "w") as tar:
        for name, content in {"manifest.json": manifest, "config.json": b"{}", "layer.tar": b""}.items():
            member = tarfile.TarInfo(name)
            member.type, member.size = (tarfile.DIRTYPE, 0) if name == folder else (tarfile.REGTYPE, len(content))
            tar.addfile(member, io.BytesIO(content))
    with pytest.raises(ImageError, match=f"the archive has no file {folder}"):
        difference.between(tmp_path / "image", tmp_path / "image")
