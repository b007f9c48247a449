"""Hands out pinned tools, verified: the bytes are what was built or locked, the version is the pin, and none is denied."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import process, store
from pipeline.errors import IntegrityError, ToolchainError
from pipeline.toolchain import golang, pins
from pipeline.toolchain.pins import Pin
from pipeline.workspace import Workspace

DEVBOX_VARIABLE = "DEVBOX_PROJECT_ROOT"  # set by `devbox shell` and `devbox run`


@dataclass(frozen=True)
class Found:
    """A verified executable: where it is, who supplied it, the version it reports and its SHA-256."""

    name: str
    path: Path
    supplier: str
    version: str
    sha256: str


def tool(place: Workspace, name: str) -> Path:
    """Return the executable of a pinned tool, building it first when it must be. Raises `IntegrityError` or `ToolchainError`."""
    return find(place, name).path


def module(place: Workspace, name: str) -> Path:
    """Return the folder of the executables built from toolchain/<name>, each checked against the hash it had when it was built."""
    return _built(place, name)


@functools.cache
def find(place: Workspace, name: str) -> Found:
    """Return a verified tool with its origin. The answer holds for this process."""
    pin = pins.load(place.root)[name]
    if pin.devbox and in_devbox():
        return _verified(place, pin, _from_devbox(pin), "devbox")
    if name == "terraform":
        return _terraform(place, pin)
    if name == "uv":
        return _verified(place, pin, _on_path("uv"), "PyPI wheel")
    if not pin.executables:
        raise ToolchainError(f"{name} is supplied by Devbox only: {pin.reason}", fix="devbox shell")
    folder = _built(place, name)
    shown = pin.show[0] if pin.show else next(iter(pin.executables))
    return _verified(place, pin, folder / shown, "source")


def in_devbox(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process runs inside a Devbox environment."""
    return bool(environment.get(DEVBOX_VARIABLE))


@functools.cache
def _built(place: Workspace, name: str) -> Path:
    folder = golang.build(place, pins.load(place.root)[name])
    store.verify(folder)
    return folder


def _from_devbox(pin: Pin) -> Path:
    path = _on_path(pin.show[0])
    if Path("/nix/store") not in path.resolve().parents:
        raise ToolchainError(f"{path} is not Devbox's {pin.name}", fix="devbox install, then devbox shell again")
    return path


def _on_path(name: str) -> Path:
    found = shutil.which(name)
    if found is None:
        raise ToolchainError(f"{name} is not on the PATH", fix="start through ./run or devbox shell")
    return Path(found)


def _terraform(place: Workspace, pin: Pin) -> Found:
    """A terraform on the PATH in the declared range, else OpenTofu from source. A denied or too old one does not serve."""
    if found := shutil.which("terraform"):
        try:
            return _verified(place, pin, Path(found), "PATH")
        except IntegrityError:
            pass
    return find(place, "opentofu")


def _verified(place: Workspace, pin: Pin, path: Path, supplier: str) -> Found:
    """Check version and deny-list. The version that given bytes report is remembered by their hash, so that a tool is asked once."""
    sha256 = store.digest(path)
    if not pin.show:
        return Found(pin.name, path, supplier, pin.version, sha256)
    memory = place.cache / "versions" / sha256
    try:
        version = memory.read_text("utf-8")
    except OSError:
        # Terraform would ask its maker for a newer version of itself.
        said = process.run([path, *pin.show[1:]], env={**os.environ, "CHECKPOINT_DISABLE": "1"}, timeout=60)
        version = pins.version_in(said.stdout + said.stderr)
        store.write(memory, version)
    pins.accept(pin, version)
    return Found(pin.name, path, supplier, version, sha256)
