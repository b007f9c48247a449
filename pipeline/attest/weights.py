"""How heavy the image's Python packages are: they declare no size, so the files that they installed are weighed in the image's layers."""

from __future__ import annotations

import csv
import io
import json
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from pipeline.attest import sbom
from pipeline.errors import ImageError

# Source: https://packaging.python.org/specifications/recording-installed-packages
_RECORD = re.compile(r"(?P<folder>.*)/(?P<name>[^/-]+)-[^/]+\.dist-info/RECORD")


def python(archive: Path) -> dict[str, int]:
    """Bytes of each Python package by its normal name. Raises `ImageError` when `archive` is no image that can be read."""
    sizes: dict[str, int] = {}
    records: dict[str, str] = {}
    try:
        with tarfile.open(archive) as image:
            for name in json.loads(_read(image, "manifest.json"))[0]["Layers"]:
                with tarfile.open(fileobj=io.BytesIO(_read(image, name))) as layer:
                    for member in layer:
                        path = member.name.removeprefix("./")
                        sizes[path] = member.size
                        if _RECORD.fullmatch(path):
                            records[path] = _read(layer, member.name).decode()
    except (OSError, tarfile.TarError, ValueError, KeyError, IndexError, TypeError) as error:
        raise ImageError(f"{archive.name} is no image that can be weighed ({error})", fix="nox -s build, then run again") from error
    return weigh(sizes, records)


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read()


def weigh(sizes: Mapping[str, int], records: Mapping[str, str]) -> dict[str, int]:
    """Add up, for each record of an installed package, the sizes of the files that it names and that are there."""
    told = {}
    for path, text in sorted(records.items()):
        if found := _RECORD.fullmatch(path):
            named = [str(PurePosixPath(found["folder"], row[0])) for row in csv.reader(text.splitlines()) if row]
            told[sbom.normal(found["name"])] = sum(sizes.get(name, 0) for name in named)
    return told
