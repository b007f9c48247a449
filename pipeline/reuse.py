"""Long proofs are not repeated: one that passed holds while what it is about is the same, for a day.

Never reused: a failed or interrupted one, one for a tree with uncommitted changes, and one that somebody gave words (`-- --no-cache`).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipeline import engine, evidence, store
from pipeline.evidence import Record
from pipeline.stage import Run
from pipeline.workspace import Workspace

_HOLDS_SECONDS = 24 * 3600.0
_SUBJECT, _PROVEN = "subject", "proven"


def unless_unchanged(run: Run, stage: str, prove: Callable[[Run], None], subject: Callable[[Run], str]) -> None:
    """Call `prove` unless the stage has passed for this very subject; then its figures and its word are kept."""
    key = subject(run)
    if (held := still_holds(evidence.passed(run.evidence, stage), key, time.time())) and not run.arguments and not run.commit.dirty:
        run.figures.update(held.figures)
        run.summary = held.summary
        return
    prove(run)
    if not run.arguments:  # words may have asked for a part of it
        run.figures.update({_SUBJECT: subject(run), _PROVEN: time.time()})


def still_holds(record: Record | None, key: str, now: float) -> Record | None:
    """Return the record if it is of the same subject and young enough; one without either never is."""
    if record is None or record.figures.get(_SUBJECT) != key:
        return None
    age = now - float(record.figures.get(_PROVEN, 0))
    return record if 0 <= age < _HOLDS_SECONDS else None


def of_commit(run: Run) -> str:
    """A proof about the tree alone: the commit, and the Python that runs it."""
    return store.key_of([run.commit.tag, sys.version, sys.executable])


def of_cluster(run: Run) -> str:
    """A proof about a release that runs: the commit, and the cluster as it was last made, set up and started."""
    place = run.workspace
    return store.key_of([run.commit.tag, _mark(place).read_text("utf-8") if _mark(place).is_file() else "", _started(place)])


def _mark(place: Workspace) -> Path:
    return place.state / "cluster.json"


def _started(place: Workspace) -> str:
    return str(engine.container(place.name).get("State", {}).get("StartedAt", ""))
