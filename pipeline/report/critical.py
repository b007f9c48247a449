"""What a run's time went into: the stages that each waited for the one before, from the run's beginning to its end.

A stage begins when what it requires has passed and a place is free, so whatever ended last before it began is what it waited for. A stage
takes a moment to start: of those that ended within that moment of each other, the one that it requires is meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.evidence import Record

# A stage's record ends a moment after the stage that waited for it can be told so, by two processes' clocks.
_SLACK, _HANDOVER = 0.05, 1.5
Requirements = Mapping[str, Sequence[str]]


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


def account(records: Sequence[Record], since: float, requires: Requirements | None = None) -> Account:
    """Account for the run that began at `since`, or with the first record when that is 0; records of earlier runs are left out."""
    ran = [record for record in records if record.started >= since]
    if not ran:
        return Account(0.0, (), 0.0)
    chain = path(ran, requires)
    since = since or min(record.started for record in ran)
    waited = [max(chain[0].started - since, 0.0), *(max(now.started - _end(before), 0.0) for before, now in pairwise(chain))]
    steps = tuple(Step(each.stage, each.seconds, round(idle, 2)) for each, idle in zip(chain, waited, strict=True))
    return Account(round(_end(chain[-1]) - since, 2), steps, round(sum(record.seconds for record in ran), 2))


def path(ran: Sequence[Record], requires: Requirements | None = None) -> list[Record]:
    """The chain of stages that took the whole time, first stage first: each began when the one before it ended."""
    chain = [max(ran, key=_end)] if ran else []
    while chain:
        now = chain[0]
        before = [each for each in ran if _end(each) <= now.started + _SLACK and each.started < now.started]
        if not before:
            break
        latest, needed = max(map(_end, before)), (requires or {}).get(now.stage, ())
        close = [each for each in before if _end(each) >= latest - _HANDOVER]
        chain.insert(0, max(close, key=lambda each: (each.stage in needed, _end(each))))
    return chain


def _end(record: Record) -> float:
    return record.started + record.seconds
