"""Which Debian mirror to use: the one that the machine's own apt is configured for, or the one that the environment names."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Mapping

from pipeline import process
from pipeline.errors import ToolchainError

VARIABLE = "PORTCULLIS_DEBIAN_MIRROR"


def address(environment: Mapping[str, str] = os.environ) -> str:
    """Return the address below which a mirror serves /debian and /debian-security, without a trailing slash.

    Raises `ToolchainError` on a machine that is not Debian and whose environment names no mirror.
    """
    if named := environment.get(VARIABLE):
        return named.rstrip("/").removesuffix("/debian")
    if _is_debian() and shutil.which("apt-get"):
        listing = process.run(["apt-get", "indextargets", "--format", "$(REPO_URI)"], timeout=30).stdout
        if found := from_repositories(listing.splitlines()):
            return found
    raise ToolchainError(
        "this machine names no Debian mirror", fix=f"export {VARIABLE}=ADDRESS (any mirror that serves /debian and /debian-security)"
    )


def from_repositories(addresses: list[str]) -> str:
    """Return the root of the first repository whose last folder is `debian`; empty when there is none."""
    for repository in addresses:
        root, slash, last = repository.strip().rstrip("/").rpartition("/")
        if slash and last == "debian":
            return root
    return ""


def _is_debian() -> bool:
    try:
        return platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False
