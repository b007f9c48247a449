"""cluster/triage.toml: controls that are not so, each with a reason, and dates after which the reason has to be given anew."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.errors import UsageError

LONGEST = dt.timedelta(days=180)
_SHORTEST_REASON = 40  # characters; a phrase is no reason
_FIX = "correct it in cluster/triage.toml"


@dataclass(frozen=True)
class Entry:
    """Why a control may stay as it is. `found` is what was found when that was decided: whatever else is found is not covered."""

    id: str
    found: str
    reason: str
    reviewed: dt.date
    expires: dt.date

    def stale(self, today: dt.date) -> str:
        """Why the entry no longer holds; empty while it does."""
        if self.reviewed > today:
            return f"reviewed on {self.reviewed}, which is not yet"
        if not self.reviewed <= self.expires <= self.reviewed + LONGEST:
            return f"lasts longer than {LONGEST.days} days, or ends before it begins"
        return f"expired on {self.expires}" if self.expires < today else ""


def load(root: Path) -> dict[str, Entry]:
    """Read the entries by control. Raises `UsageError` naming the first that is incomplete or double."""
    path = root / "cluster" / "triage.toml"
    try:
        return parse(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} is not readable ({error})", fix="git checkout cluster/triage.toml") from error


def parse(table: Mapping[str, Any]) -> dict[str, Entry]:
    """Check the entries. Raises `UsageError`, see `load`."""
    kinds = {field.name: dt.date if "date" in str(field.type) else str for field in fields(Entry)}
    entries: dict[str, Entry] = {}
    if unknown := sorted(set(table) - {"triage"}):
        raise UsageError(f"the triage has an unknown table {unknown[0]!r}", fix="every entry is a [[triage]]")
    for number, each in enumerate(table.get("triage", []), 1):
        wrong = sorted(set(each) ^ set(kinds)) + [name for name, value in each.items() if name in kinds and type(value) is not kinds[name]]
        if wrong:
            raise UsageError(f"triage {number}: {wrong[0]!r} is unknown, missing or of the wrong type", fix=_FIX)
        entry = Entry(**each)
        if entry.id in entries:
            raise UsageError(f"triage {number}: {entry.id} has two entries", fix="keep one")
        if len(entry.reason) < _SHORTEST_REASON:
            raise UsageError(f"triage {number}: {entry.id} has no reason to speak of", fix=_FIX)
        entries[entry.id] = entry
    return entries
