"""What clones left behind that are gone: containers, networks and states that no `destroy` of theirs will ever take away."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline import engine, process
from pipeline.doctor.verdict import Verdict, fine, warn
from pipeline.workspace import OWNER, Workspace

_INSTANCE = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class Left:
    """What is there of one clone. `owner` is its path, empty where none was written down; `there`: a clone is still at that path."""

    instance: str
    owner: str
    there: bool
    engine: bool
    """It has a container or a network."""


def look(place: Workspace) -> list[Left]:
    """Return what there is of other clones."""
    states = {each.name: each for each in place.state.parent.glob("*") if _INSTANCE.fullmatch(each.name)}
    alive = _in_engine(place.settings.project)
    return [_left(name, states.get(name), used=name in alive) for name in sorted({*states, *alive} - {place.instance})]


def _left(instance: str, state: Path | None, *, used: bool) -> Left:
    note = state / OWNER if state else None
    owner = note.read_text("utf-8").strip() if note and note.is_file() else ""
    return Left(instance, owner, bool(owner) and Path(owner, "noxfile.py").is_file(), used)


def _in_engine(project: str) -> set[str]:
    """The instances that have a container or a network; none where no engine answers."""
    if shutil.which(engine.DOCKER) is None:
        return set()
    listings = (["ps", "--all", "--format", "{{.Names}}"], ["network", "ls", "--format", "{{.Name}}"])
    names = [name for words in listings for name in process.run([engine.DOCKER, *words], timeout=15, ok=None).stdout.split()]
    return set(instances(project, names))


def instances(project: str, names: Iterable[str]) -> list[str]:
    """Return the instances that names of containers and networks speak of."""
    pattern = re.compile(rf"{re.escape(project)}-([0-9a-f]{{8}})(?:-.*)?")
    return [found[1] for name in names if (found := pattern.fullmatch(name))]


def judge(seen: list[Left]) -> Verdict:
    """Each one whose clone is gone, with what takes it away; one whose owner nobody knows only where it holds something in the engine."""
    dead = [each for each in seen if (each.owner and not each.there) or (not each.owner and each.engine)]
    if not dead:
        return fine(f"none; {len(seen)} other clones have a state here" if seen else "none")
    first = dead[0]
    whose = f"of {first.owner}, which is gone" if first.owner else "of a clone that nobody wrote down: make sure that it is gone"
    return warn(f"{len(dead)}, the first {whose}", f"nox -s destroy -- --instance={first.instance}")
