"""A Python package weighs what its files take in the image; a file that is no image is an error of one line."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from pipeline.attest import weights
from pipeline.errors import ImageError

FOLDER = "usr/local/lib/python3.13/dist-packages"


def packed(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def test_the_files_that_a_package_installed_are_weighed_over_all_layers(tmp_path: Path) -> None:
    record = "typing_extensions.py,sha256=x,100\ntyping_extensions-4.dist-info/RECORD,,\ngone.py,,\n../bin/tool,,7\n"
    first = packed({f"./{FOLDER}/typing_extensions.py": b"x" * 1000, f"./{FOLDER}/other.py": b"y" * 50})
    second = packed({f"{FOLDER}/typing_extensions-4.dist-info/RECORD": record.encode()})
    image = {"manifest.json": json.dumps([{"Layers": ["a", "b"]}]).encode(), "a": first, "b": second}
    path = tmp_path / "image.tar"
    path.write_bytes(packed(image))
    assert weights.python(path) == {"typing-extensions": 1000 + len(record)}


@pytest.mark.parametrize(
    "content", [b"", b"no archive", packed({"manifest.json": b"[]"}), packed({"manifest.json": b"[{"}), packed({"x": b""})]
)
def test_what_is_no_image_is_an_error_of_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r"image\.tar is no image that can be weighed") as caught:
        weights.python(path)
    assert "\n" not in str(caught.value)
