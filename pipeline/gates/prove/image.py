"""Violations in the built image: what must never ship, put into a copy of the very image that would."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.gates import runner
from pipeline.gates.catalogue import GATES
from pipeline.gates.context import Context
from pipeline.gates.inputs import Inputs
from pipeline.gates.ledger import Entry
from pipeline.gates.prove.matrix import Result
from pipeline.workspace import Workspace

_AWS = "AKIA" + "Z7QH5N3KXW2PLM4T"
_PACKAGES = "usr/local/lib/python3.13/dist-packages"
_KEY = "RSA " + "PRIVATE KEY-----\n"


@dataclass(frozen=True)
class Plant:
    """What is planted, the rule that must refuse it, and how: files of one more layer, or a change of the image's configuration."""

    rule: str
    note: str
    files: dict[str, str] = field(default_factory=dict)
    configure: Callable[[dict[str, Any]], object] = lambda _: None


PLANTS = (
    Plant("aws-access-key-id", "a key in a file", {"etc/planted": f"aws_access_key_id = {_AWS}\n"}),
    Plant("private-key", "a private key", {"etc/planted.pem": f"-----BEGIN {_KEY}{'MIIEpAIBAAKCAQEA7bq0' * 20}\n-----END {_KEY}"}),
    Plant("aws-access-key-id", "a key in the environment", configure=lambda config: config["config"]["Env"].append(f"PLANTED={_AWS}")),
    Plant("DS-0002", "root", configure=lambda config: config["config"].update(User="root")),
    Plant(
        "licence",
        "a licence that is not allowed",
        {f"{_PACKAGES}/planted-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: planted\nVersion: 1.0\nLicense: AGPL-3.0-only\n"},
    ),
)


def run(place: Workspace, archive: Path, ledger: Sequence[Entry]) -> list[Result]:
    """Plant each in a copy of the image, and see it refused; the untouched image must be green."""
    entries = [entry for entry in ledger if entry.gate == "image"]
    (step,) = GATES["image"]
    with tempfile.TemporaryDirectory(prefix="portcullis-prove-") as scratch:
        folder = Path(scratch)

        def rules(image: Path) -> set[str]:
            found = runner.examine(step, Context(place, own=True, archive=image), Inputs(folder, ()))
            return {each.rule for each in found.findings if not any(entry.covers(each) for entry in entries)} | set(found.errors)

        results = []
        before = rules(archive)
        for plant in PLANTS:
            planted = folder / "planted.tar"
            rewrite(archive, planted, plant)
            found = rules(planted)
            name = f"{plant.rule} {plant.note} in the image"
            if before:
                results.append(Result("image", step.tool, name, "void", f"the untouched image is red: {min(before)}"))
            elif plant.rule in found:
                results.append(Result("image", step.tool, name, "killed"))
            else:
                results.append(Result("image", step.tool, name, "survived", f"found instead: {', '.join(sorted(found)) or 'nothing'}"))
        return results


def rewrite(archive: Path, target: Path, plant: Plant) -> None:
    """Write a docker-archive like `archive` with one more layer and a changed configuration.

    Source: Docker image specification v1.2; the layer's digest is listed in the configuration's rootfs.diff_ids.
    """
    with tarfile.open(archive) as old, tarfile.open(target, "w") as new:
        (manifest,) = json.loads(_read(old, "manifest.json"))
        config = json.loads(_read(old, manifest["Config"]))
        for name in manifest["Layers"]:
            _add(new, name, _read(old, name))
        layer = _layer(plant.files)
        digest = hashlib.sha256(layer).hexdigest()
        config["rootfs"]["diff_ids"].append(f"sha256:{digest}")
        plant.configure(config)
        text = json.dumps(config).encode()
        manifest["Config"] = f"blobs/sha256/{hashlib.sha256(text).hexdigest()}"
        manifest["Layers"].append(f"blobs/sha256/{digest}")
        _add(new, manifest["Layers"][-1], layer)
        _add(new, manifest["Config"], text)
        _add(new, "manifest.json", json.dumps([manifest]).encode())


def _layer(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, text in files.items():
            _add(tar, name, text.encode())
    return buffer.getvalue()


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    return file.read() if file else b""


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))
