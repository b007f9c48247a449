"""Keeps copies of the Terraform state: one before each change, and the newest readable one comes back when the state is not readable.

A state that is lost or older than the cluster is no harm: what is there and not in it is taken over by the next plan.
"""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path

log = logging.getLogger(__name__)

KEPT = 10


def keep(state: Path) -> None:
    """Copy the state, readable by its owner alone, and forget the oldest copies. Without a state nothing is done."""
    if not readable(state):
        return
    folder = _folder(state)
    folder.mkdir(mode=0o700, exist_ok=True)
    newest = max((int(each.stem) for each in folder.glob("*.tfstate")), default=0)
    copy = folder / f"{max(time.time_ns() // 1_000_000, newest + 1)}.tfstate"
    new = copy.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(state.read_bytes())
        os.fsync(file.fileno())
    new.rename(copy)
    for old in copies(state)[KEPT:]:
        old.unlink()


def mend(state: Path) -> str:
    """Put the newest readable copy in place of a state that is not readable; say so in one line, empty when there was nothing to mend.

    The unreadable one is kept beside it.
    """
    if not state.exists() or readable(state):
        return ""
    broken = state.with_name(f"{state.name}.unreadable")
    state.replace(broken)
    for copy in copies(state):
        if readable(copy):
            new = state.with_name(f"{state.name}.new")
            new.write_bytes(copy.read_bytes())
            new.chmod(0o600)
            new.rename(state)
            return f"the Terraform state was unreadable (kept as {broken}): {copy} was put back"
    return f"the Terraform state was unreadable (kept as {broken}) and no copy is: what the cluster has is taken over"


def copies(state: Path) -> list[Path]:
    """The kept copies, newest first."""
    return sorted(_folder(state).glob("*.tfstate"), key=lambda path: int(path.stem), reverse=True)


def readable(state: Path) -> bool:
    """Whether a file is a state as Terraform writes it."""
    try:
        known = json.loads(state.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(known, dict) and {"version", "serial", "lineage", "resources"} <= known.keys()


def _folder(state: Path) -> Path:
    return state.with_name("backups")
