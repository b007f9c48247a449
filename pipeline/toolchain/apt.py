"""Debian packages of the machine itself: the few that no other supplier can bring."""

from __future__ import annotations

import os
import shutil

from pipeline import console, process
from pipeline.errors import CommandError, ToolchainError

_INSTALL_SECONDS = 900


def missing(packages: list[str]) -> list[str]:
    """Return those of `packages` that are not installed. Raises `ToolchainError` on a machine without dpkg."""
    if shutil.which("dpkg-query") is None:
        raise ToolchainError(
            f"{', '.join(packages)} needed, and this is no Debian machine", fix="install them with this machine's package manager"
        )
    listing = process.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n", *packages], timeout=30, ok=None).stdout
    installed = {line.split()[1] for line in listing.splitlines() if line.startswith("installed ")}
    return [package for package in packages if package not in installed]


def ensure(packages: list[str]) -> None:
    """Install what is missing. Raises `ToolchainError` naming the command to type when this process may not, or apt fails."""
    lacking = missing(packages)
    if not lacking:
        return
    by_hand = f"apt-get install {' '.join(lacking)}"
    if os.geteuid() != 0:
        raise ToolchainError(f"{', '.join(lacking)} not installed", fix=f"sudo {by_hand}")
    console.progress(by_hand)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Another apt may be at work, an interrupted one may have left packages half-configured.
    wait = ["-o", "DPkg::Lock::Timeout=120"]
    try:
        process.run(["dpkg", "--configure", "-a"], env=quiet, timeout=_INSTALL_SECONDS, ok=None)
        process.run(["apt-get", *wait, "update"], env=quiet, timeout=_INSTALL_SECONDS)
        process.run(["apt-get", *wait, "install", "-y", "--no-install-recommends", *lacking], env=quiet, timeout=_INSTALL_SECONDS)
    except CommandError as error:
        raise ToolchainError(f"apt could not install {', '.join(lacking)}: {error.what}", fix=by_hand) from error
