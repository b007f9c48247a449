"""Each user has a limited number of inotify instances; a cluster needs a few dozen, and what gets none fails without naming that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NEEDED = 32
"""Counted on the node of a running cluster: 31 of root's, systemd, kubelet and containerd first of all."""
FIX = "sysctl -w fs.inotify.max_user_instances=512 (as root; into /etc/sysctl.d to keep it)"
_LIMIT = "fs/inotify/max_user_instances"


@dataclass(frozen=True)
class Usage:
    """The most instances that one user may have, and those that root has; None where another user asks, who cannot see them."""

    limit: int
    used: int | None

    @property
    def enough(self) -> bool:
        """Whether one more cluster finds what it needs, as far as that can be seen."""
        return self.limit - (self.used or 0) >= NEEDED

    def __str__(self) -> str:
        used = "some" if self.used is None else str(self.used)
        return f"{used} of {self.limit} inotify instances are in use, a cluster needs {NEEDED}"


def usage(sys: Path = Path("/proc/sys"), proc: Path = Path("/proc")) -> Usage | None:
    """Return how many there are and how many are in use; None where the kernel does not tell, as outside Linux."""
    try:
        limit = int((sys / _LIMIT).read_text("ascii"))
    except (OSError, ValueError):
        return None
    return Usage(limit, sum(1 for _ in _of_root(proc)) if os.geteuid() == 0 else None)


def _of_root(proc: Path) -> Iterator[str]:
    """The descriptors that are inotify instances of root's: the node's programs are started as root, and counted as its own."""
    for process in proc.glob("[0-9]*"):
        try:
            descriptors = list((process / "fd").iterdir()) if process.stat().st_uid == 0 else []
        except OSError:
            continue  # it ended meanwhile
        yield from (link for each in descriptors if (link := _target(each)) == "anon_inode:inotify")


def _target(descriptor: Path) -> str:
    """Where a descriptor leads, nowhere when it was closed meanwhile, as the one is by which this process lists its own."""
    try:
        return str(descriptor.readlink())
    except OSError:
        return ""
