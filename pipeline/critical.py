"""What a run's time went into: the stages that each waited for the one before, from the run's beginning to its end.

A stage begins when what it requires has passed and a place is free, so whatever ended last before it began is what it waited for.
"""

from __future__ import annotations

import ast
import os
import sys
import time
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from pipeline.evidence import Record

_VARIABLE = "PORTCULLIS_BEGAN"
_WORKER = "--parallel-worker"
# A stage's record ends a moment after the stage that waited for it can be told so, by two processes' clocks.
_SLACK = 0.05


@dataclass(frozen=True)
class Step:
    """One stage of the path: its seconds, and those that passed before it began although nothing was left to wait for."""

    stage: str
    seconds: float
    idle: float


@dataclass(frozen=True)
class Account:
    """One run: its seconds from its beginning to the end of its last stage, the path through it, and what all stages took together."""

    seconds: float
    path: tuple[Step, ...]
    work: float

    @property
    def line(self) -> str:
        """One line for the summary: how long, along which stages, and what bounds it."""
        if not self.path:
            return "no stage ran"
        longest = max(self.path, key=lambda step: step.seconds)
        shown = " > ".join(f"{step.stage} {step.seconds:.0f}" for step in self.path)
        idle = sum(step.idle for step in self.path)
        return (
            f"{self.seconds:.0f} s for {self.work:.0f} s of stages; critical path: {shown}"
            f" (+ {idle:.0f} s of starting stages); bound by {longest.stage}, {100 * longest.seconds / max(self.seconds, 0.01):.0f} %"
        )


def begin(argv: Sequence[str] = tuple(sys.argv), environment: MutableMapping[str, str] = os.environ) -> None:
    """Note for the stages' processes when this run began; one that another Nox started is told already."""
    if _WORKER not in argv:
        environment[_VARIABLE] = f"{time.time():.2f}"


def began(environment: Mapping[str, str] = os.environ) -> float:
    """Unix time at which the run began that this process is a part of; 0 when nobody noted it."""
    try:
        return float(environment.get(_VARIABLE, "0"))
    except ValueError:
        return 0.0


def account(records: Sequence[Record], since: float) -> Account:
    """Account for the run that began at `since`, or with the first record when that is 0; records of earlier runs are left out."""
    ran = [record for record in records if record.started >= since]
    if not ran:
        return Account(0.0, (), 0.0)
    since = since or min(record.started for record in ran)
    last = max(ran, key=_end)
    return Account(
        seconds=round(_end(last) - since, 2), path=tuple(_path(ran, last, since)), work=round(sum(record.seconds for record in ran), 2)
    )


def _path(ran: Sequence[Record], last: Record, since: float) -> list[Step]:
    steps: list[Step] = []
    current: Record | None = last
    while current is not None:
        earlier = [each for each in ran if _end(each) <= current.started + _SLACK and each.started < current.started]
        awaited = max(earlier, key=_end, default=None)
        idle = current.started - (_end(awaited) if awaited else since)
        steps.append(Step(current.stage, current.seconds, round(max(idle, 0.0), 2)))
        current = awaited
    return steps[::-1]


def _end(record: Record) -> float:
    return record.started + record.seconds


def requirements(noxfile: str) -> dict[str, tuple[str, ...]]:
    """Return what each session of a noxfile requires, by name, in the file's order."""
    found = {}
    for function in (node for node in ast.parse(noxfile).body if isinstance(node, ast.FunctionDef)):
        for call in (each for each in function.decorator_list if ast.unparse(each).startswith("nox.session")):
            words = {word.arg: ast.literal_eval(word.value) for word in call.keywords} if isinstance(call, ast.Call) else {}
            found[str(words.get("name", function.name))] = tuple(words.get("requires", ()))
    return found


def needed(requires: Mapping[str, Sequence[str]], session: str) -> set[str]:
    """Return a session and all that it requires, directly or not."""
    return {session}.union(*(needed(requires, each) for each in requires[session]))
