"""What a check is and what it says: one look at the machine, one judgement of what was seen, one line for the person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from pipeline.workspace import Workspace

Level = Literal["fine", "warn", "fail"]
T = TypeVar("T")


@dataclass(frozen=True)
class Verdict:
    """How bad it is, what was found, and what to type; the last is empty when nothing needs doing."""

    level: Level
    found: str
    fix: str = ""


def fine(found: str) -> Verdict:
    """Nothing to do."""
    return Verdict("fine", found)


def warn(found: str, fix: str) -> Verdict:
    """A run works, and something is not as it could be."""
    return Verdict("warn", found, fix)


def fail(found: str, fix: str) -> Verdict:
    """A run would not work."""
    return Verdict("fail", found, fix)


@dataclass(frozen=True)
class Check(Generic[T]):
    """`look` reads the machine and may raise whatever a broken one makes it raise; `judge` is pure."""

    name: str
    look: Callable[[Workspace], T]
    judge: Callable[[T], Verdict]

    def __call__(self, place: Workspace) -> Verdict:
        """Look and judge. Raises nothing: what cannot be looked at is a warning, for the stage that needs it will say more."""
        try:
            return self.judge(self.look(place))
        except Exception as error:  # noqa: BLE001 - the doctor is for machines on which anything may be broken
            return warn(f"could not be looked at: {type(error).__name__}: {error}", "correct that, or run the stage that needs it")
