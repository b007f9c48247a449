"""What differs between two images that should be the same, file by file, in words."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline import image
from pipeline.errors import ImageError

_SHOWN = 200


def between(one: Path, other: Path) -> list[str]:
    """Compare two docker-archives; no lines when all that an image is made of is the same."""
    (config, files), (other_config, other_files) = _read(one), _read(other)
    lines = [f"configuration: {line}" for line in _values(config, other_config)]
    for name in sorted({*files, *other_files}):
        if name not in files or name not in other_files:
            lines.append(f"{name}: only in the {'first' if name in files else 'second'}")
        else:
            lines += [f"{name}: {field} {a!r} and {b!r}" for field, a, b in _fields(files[name], other_files[name])]
    if len(lines) <= _SHOWN:
        return lines
    kinds = Counter(line.partition(": ")[2].partition(" ")[0] for line in lines)
    return [
        *lines[:_SHOWN],
        f"and {len(lines) - _SHOWN} more; in all: {', '.join(f'{count} {kind}' for kind, count in kinds.most_common())}",
    ]


def _read(archive: Path) -> tuple[dict[str, Any], dict[str, dict[str, object]]]:
    """The configuration, and every layer's files with all that a layer says of them."""
    files: dict[str, dict[str, object]] = {}
    try:
        with tarfile.open(archive) as tar:
            manifest = json.load(image.member(tar, "manifest.json"))[0]
            config = json.load(image.member(tar, manifest["Config"]))
            for number, layer in enumerate(manifest["Layers"], 1):
                with tarfile.open(fileobj=image.member(tar, layer)) as content:
                    for order, member in enumerate(content):
                        files[f"layer {number} /{member.name}"] = {"order": order, **_described(content, member)}
    except (KeyError, TypeError, tarfile.TarError) as error:
        raise ImageError(f"{archive} is no image ({error})", fix="rm -r the images cache, then nox -s build") from error
    return config, files


def _described(content: tarfile.TarFile, member: tarfile.TarInfo) -> dict[str, object]:
    file = content.extractfile(member) if member.isreg() else None
    sha256 = hashlib.sha256(file.read()).hexdigest()[:16] if file else ""
    names = ("type", "mode", "uid", "gid", "uname", "gname", "size", "mtime", "linkname", "pax_headers")
    return {name: getattr(member, name) for name in names} | {"sha256": sha256}


def _fields(one: dict[str, object], other: dict[str, object]) -> list[tuple[str, object, object]]:
    return [(name, one[name], other[name]) for name in one if one[name] != other[name]]


def _values(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [f"{name} {one.get(name)!r} and {other.get(name)!r}" for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
