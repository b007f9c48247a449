"""The records of one commit: per stage one JSON file with its verdict and figures, and one log with every command and its output."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pipeline import store

_MOST_BYTES = 1_000_000  # no record is as large, a bill of materials is

Verdict = Literal["passed", "failed", "interrupted"]


@dataclass(frozen=True)
class Record:
    """What one stage did for one commit. `started` is Unix time, `seconds` the duration, `figures` whatever it measured."""

    stage: str
    tag: str
    verdict: Verdict
    started: float
    seconds: float
    summary: str = ""
    """One line for the table: what was made, examined or found."""
    error: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    began: float = 0.0
    """When the command began that this stage was a part of (Unix time): stages of one run have it in common."""

    @property
    def of_commit(self) -> bool:
        """Whether it tells of the commit: `gates` judges other people's files, and `verify` a bundle that may be anybody's."""
        return self.stage not in {"gates", "verify"}


def write(folder: Path, record: Record) -> Path:
    """Write a record, replacing the stage's previous one in one step."""
    path = folder / f"{record.stage}.json"
    store.write(path, json.dumps(asdict(record), indent=2, sort_keys=True) + "\n")
    return path


def read(folder: Path) -> list[Record]:
    """Return a commit's records in the order the stages started; files that are no record are left out."""
    records = []
    for path in folder.glob("*.json"):
        try:
            if path.stat().st_size > _MOST_BYTES:
                continue
            records.append(Record(**json.loads(path.read_text("utf-8"))))
        except (ValueError, TypeError, OSError):
            continue
    return sorted(records, key=lambda record: record.started)


def passed(folder: Path, stage: str) -> Record | None:
    """Return the record of a stage that passed for this commit; a failed or missing one counts as none."""
    return next((record for record in read(folder) if record.stage == stage and record.verdict == "passed"), None)
