"""What a fault is: how it is caused, how its cause is taken away, and what it may cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.stage import Run

Deed = Callable[[Run], None]


def nothing(_run: Run) -> None:
    """The cause goes away by itself."""


@dataclass(frozen=True)
class Allowed:
    """What a fault may cost at most."""

    failed: float
    """Share of the requests, 0 to 1, from the fault until everything is whole again and a little longer."""
    outage: float
    """Seconds in a row without one good answer."""
    seconds: float
    """Until everything is whole again, from the moment that the cause is gone or, with a cure, that its command has been typed."""


@dataclass(frozen=True)
class Fault:
    """One fault. `do` returns once the fault is seen to be there: one that never happened would prove nothing."""

    id: str
    title: str
    do: Deed
    allowed: Allowed
    undo: Deed = nothing
    """Takes the cause away, whatever there is of it: it is done after an interruption of `do`, too."""
    seconds: float = 0
    """How long the cause stays."""
    cure: tuple[str, ...] = ()
    """The words after `nox -s` of the one command that brings everything back; empty when it comes back by itself."""


@dataclass(frozen=True)
class Group:
    """Faults of one kind."""

    name: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Effect:
    """What a fault did. Times in seconds."""

    fault: str
    title: str
    requests: int
    failed: int
    wrong: int
    outage: float
    recovered: float | None
    """None: not within what is allowed; the pipeline then mended it, so that the next fault meets a whole cluster."""
    by: str
    """`itself`, or the command."""
    faults: tuple[str, ...] = ()
    """What it cost beyond what is allowed, and what was lost."""
