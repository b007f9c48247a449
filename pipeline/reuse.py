"""Long proofs are not repeated: one that passed holds while what it is about is the same, for a day.

It is kept in the cache under a key that covers its subject, so the same files under another commit need no second proof.
Never reused: a failed or interrupted one, one for a tree with uncommitted changes, and one that somebody gave words (`-- --no-cache`).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline import engine, store
from pipeline.stage import Run
from pipeline.workspace import Workspace

_HOLDS_SECONDS = 24 * 3600.0


def unless_unchanged(run: Run, stage: str, prove: Callable[[Run], None], subject: Callable[[Run], str]) -> None:
    """Call `prove` unless the stage has passed for this very subject; then its figures and its word are kept."""
    whole = not run.arguments and not run.commit.dirty  # words may ask for a part of it
    if whole and (held := _held(_path(run, stage, subject(run)), time.time())):
        run.figures.update(held["figures"])
        run.summary = held["summary"]
        return
    prove(run)
    if whole:
        run.figures.update(proven=time.time(), proven_for=run.commit.sha)
        store.write(_path(run, stage, subject(run)), json.dumps({"summary": run.summary, "figures": run.figures}))


def part(run: Run, name: str, prove: Callable[[Run], None], subject: Callable[[Run], str]) -> Run:
    """As `unless_unchanged`, for a part of a stage; return the `Run` of its own that holds its figures and its word."""
    own = replace(run, figures={}, summary="")
    unless_unchanged(own, name, prove, subject)
    return own


def _held(path: Path, now: float) -> dict[str, Any] | None:
    """What a proof left, if it is young enough; an unreadable one counts as none."""
    try:
        held: dict[str, Any] = json.loads(path.read_text("utf-8"))
        age = now - float(held["figures"]["proven"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return held if 0 <= age < _HOLDS_SECONDS else None


def _path(run: Run, stage: str, key: str) -> Path:
    return run.workspace.cache / "proofs" / f"{stage}-{key}.json"


def of_tree(run: Run) -> str:
    """A proof about the files alone: those of the commit, and the Python that runs them."""
    return store.key_of([run.commit.tree, sys.version, sys.executable])


def of_image(run: Run) -> str:
    """A proof about the image of this commit, by what the engine has under its tag now, and by the files of the commit that test it."""
    reference = f"{run.workspace.settings.image}:{run.commit.tag}"
    return store.key_of([of_tree(run), engine.image_id(reference)])


def of_cluster(run: Run) -> str:
    """A proof about a release that runs: the commit, and the cluster as it was last made, set up and started."""
    place = run.workspace
    return store.key_of([run.commit.tag, place.name, _mark(place).read_text("utf-8") if _mark(place).is_file() else "", _started(place)])


def _mark(place: Workspace) -> Path:
    return place.state / "cluster.json"


def _started(place: Workspace) -> str:
    return str(engine.container(place.name).get("State", {}).get("StartedAt", ""))
