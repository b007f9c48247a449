"""Fetches locked .deb files into the shared cache. A file is there under its hash, whole, or not at all."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from pipeline import network, store
from pipeline.debian import lock, mirror
from pipeline.debian.lock import Package
from pipeline.errors import IntegrityError, ToolchainError
from pipeline.workspace import Workspace

_PARALLEL, _TRIES, _SECONDS = 8, 3, 60


def debs(place: Workspace, lock_path: Path, architecture: str) -> list[Path]:
    """Return the verified .deb files of a lock, `architecture` and `all`, in the lock's order, fetching what the cache lacks.

    Raises `IntegrityError` when a file is no longer served or has another hash, `ToolchainError` when the mirror does not answer.
    """
    folder = place.cache / "debs"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = lacking(place, lock_path, architecture)
    if wanted and not network.allowed():
        raise ToolchainError(f"{len(wanted)} packages of {lock_path.name} are not in the cache", fix="nox -s prefetch with a network")
    if wanted:
        base = mirror.address()
        with ThreadPoolExecutor(_PARALLEL) as pool:
            list(pool.map(lambda package: fetch(base, package, folder), wanted))
    return [_file(folder, package) for package in _packages(lock_path, architecture)]


def lacking(place: Workspace, lock_path: Path, architecture: str) -> list[Package]:
    """Return the packages of a lock whose files the cache has not, or not whole."""
    return [package for package in _packages(lock_path, architecture) if not _present(place.cache / "debs", package)]


def _packages(lock_path: Path, architecture: str) -> list[Package]:
    """`all` packages are locked once per architecture asked for, with the same bytes."""
    return [package for package in lock.parse(lock_path.read_text("utf-8")) if package.architecture in {architecture, "all"}]


def fetch(base: str, package: Package, folder: Path) -> None:
    """Fetch one file, check size and hash, and put it in its place in one step."""
    url = f"{base}/{package.path}"
    for attempt in range(_TRIES):
        try:
            reply = requests.get(url, timeout=_SECONDS)
        except requests.RequestException as error:
            if attempt == _TRIES - 1:
                raise ToolchainError(
                    f"{package.name} {package.version} cannot be fetched ({type(error).__name__})", fix="check the network, run again"
                ) from error
            continue
        if reply.status_code == requests.codes.not_found:
            raise IntegrityError(
                f"{package.name} {package.version} is no longer served: a fix is out",
                fix="nox -s lock, review the changed versions, commit",
            )
        if reply.ok:
            break
    else:
        raise ToolchainError(f"{package.name} {package.version}: the mirror answered {reply.status_code}", fix="run again later")
    new = folder / f".{package.sha256}.{os.getpid()}.{id(package)}"
    new.write_bytes(reply.content)
    try:
        if len(reply.content) != package.size or store.digest(new) != package.sha256:
            raise IntegrityError(f"{package.name} {package.version} does not match the lock's SHA-256", fix="do not use this mirror")
        new.replace(_file(folder, package))
    finally:
        new.unlink(missing_ok=True)


def _file(folder: Path, package: Package) -> Path:
    return folder / f"{package.sha256}.deb"


def _present(folder: Path, package: Package) -> bool:
    file = _file(folder, package)
    return file.is_file() and file.stat().st_size == package.size and store.digest(file) == package.sha256
