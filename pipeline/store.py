"""The content-addressed cache: an entry is made once, beside its place, and appears there whole or not at all.

The key names everything that the entry depends on. A lock per entry lets two runs wait for one build instead of doing it twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipeline.errors import BusyError, IntegrityError

_SEAL = ".seal.json"


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def key_of(parts: Any) -> str:  # noqa: ANN401 - any JSON value is a key
    """Twenty hex digits that stand for a JSON value: equal values, equal keys."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]


def digest_tree(*paths: Path) -> str:
    """SHA-256 over files and folders: relative names, executable bits and contents; the order given does not matter."""
    total = hashlib.sha256()
    for base in sorted(paths):
        files = sorted(path for path in base.rglob("*") if path.is_file()) if base.is_dir() else [base]
        for file in files:
            name = file.relative_to(base.parent).as_posix()
            total.update(f"{name}\0{os.access(file, os.X_OK)}\0{digest(file)}\n".encode())
    return total.hexdigest()


@contextmanager
def locked(path: Path, *, wait: float, what: str) -> Iterator[None]:
    """Hold the lock file `path`. Raises `BusyError` when another process still holds it after `wait` seconds (-1: for ever)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=wait)
    except Timeout as error:
        raise BusyError(f"{what} is in use by another run ({path})", fix="wait for that run to end, then run again") from error
    try:
        yield
    finally:
        lock.release()


def entry(path: Path, make: Callable[[Path], None], *, wait: float = -1) -> Path:
    """Return the folder `path`, calling `make(folder)` first when it is missing or damaged.

    `make` fills a new folder on the same file system, which is then sealed with the hash of every file and renamed into place.
    A folder whose files differ in size from the seal is damaged: it is thrown away and made again.
    """
    if intact(path):
        return path
    with locked(path.with_name(f".{path.name}.lock"), wait=wait, what=path.name):
        if intact(path):
            return path
        shutil.rmtree(path, ignore_errors=True)
        _sweep(path)
        new = Path(tempfile.mkdtemp(prefix=f".{path.name}.new-", dir=path.parent))
        try:
            make(new)
            _seal(new)
            new.rename(path)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
    return path


def verify(path: Path) -> None:
    """Hash every file of an entry. Raises `IntegrityError` naming the first that differs from the seal."""
    for name, sealed in json.loads((path / _SEAL).read_text("utf-8")).items():
        file = path / name
        if not file.is_file() or digest(file) != sealed["sha256"]:
            raise IntegrityError(f"{file} is not what was put into the cache", fix=f"rm -r {path}, then run again")


def write(path: Path, text: str) -> None:
    """Write a text file in one step: a reader finds the earlier one or this one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own, so that two writers at once do not write into each other's file.
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix=f".{path.name}.", dir=path.parent, delete=False) as file:
        new = Path(file.name)
        try:
            file.write(text)
            file.flush()
            new.chmod(0o644)
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise


def _seal(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    seal = {str(path.relative_to(folder)): {"sha256": digest(path), "size": path.stat().st_size} for path in files}
    (folder / _SEAL).write_text(json.dumps(seal, indent=1), "utf-8")
    folder.chmod(0o755)


def intact(path: Path) -> bool:
    """Whether the entry is there and every file of it has its sealed size."""
    try:
        seal = json.loads((path / _SEAL).read_text("utf-8"))
        return all((path / name).stat().st_size == sealed["size"] for name, sealed in seal.items())
    except (OSError, ValueError):
        return False


def _sweep(path: Path) -> None:
    """Remove what interrupted builds of this entry left; its lock is held, so none is under way."""
    for leftover in path.parent.glob(f".{path.name}.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
