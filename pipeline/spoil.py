"""Ways to make the service in app/ a bad one, for the proofs that bring bad releases. The service's own tests say how."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import FindingError, UsageError

FILE = "tests/app/spoil.toml"
WAYS = ("crash", "crash-untried", "leak", "on-demand", "slow", "unready", "wrong")


@dataclass(frozen=True)
class Edit:
    """Replaces the one occurrence of a text in a file."""

    file: str
    old: str
    new: str


def load(root: Path) -> Mapping[str, tuple[Edit, ...]]:
    """The edits of each way. Raises `UsageError` when one is missing, unknown or incomplete."""
    try:
        table = tomllib.loads((root / FILE).read_text("utf-8"))
        found = {way: tuple(Edit(**each) for each in edits) for way, edits in table.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, AttributeError) as error:
        raise UsageError(f"{FILE} cannot be read ({error})", fix=f"write {FILE} as docs/adopt.md says") from error
    if odd := sorted(set(found) ^ set(WAYS)):
        what = "misses" if odd[0] in WAYS else "has an unknown"
        raise UsageError(f"{FILE} {what} way {odd[0]!r}", fix=f"write one each of: {', '.join(WAYS)}")
    return found


def apply(edits: Iterable[Edit], root: Path) -> None:
    """Make the tree in `root` bad. Raises `FindingError` when a text is not there exactly once: the change would prove nothing."""
    for edit in edits:
        path = root / edit.file
        text = path.read_text("utf-8")
        if (found := text.count(edit.old)) != 1:
            raise FindingError(f"{edit.old.strip()!r} is {found} times in {edit.file}", fix=f"correct {FILE} or pipeline/rollback/kinds.py")
        path.write_text(text.replace(edit.old, edit.new), "utf-8")
