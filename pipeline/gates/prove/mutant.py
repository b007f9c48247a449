"""One planted violation: the smallest change to this tree that a rule must refuse."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


class VoidError(Exception):
    """The change could not be made as described, so it proves nothing."""


@dataclass(frozen=True)
class Mutant:
    """A change to one file, and the tool and rule that must refuse it."""

    tool: str
    rule: str
    file: str
    old: str = ""
    """What is replaced, and must be there exactly once; empty: `new` is added at the end, or is the whole of a new file."""
    new: str = ""
    pattern: bool = False
    """`old` is a regular expression, every match of which is replaced."""
    note: str = ""
    """Tells mutants of one rule apart."""

    @property
    def name(self) -> str:
        """How the matrix names it."""
        return " ".join(filter(None, (self.rule, self.note, f"in {self.file}")))

    def apply(self, root: Path) -> None:
        """Change the file below `root`. Raises `VoidError` when nothing, or more than what was meant, would change."""
        path = root / self.file
        before = path.read_bytes().decode("utf-8") if path.is_file() else ""
        after = self._changed(before)
        if after == before:
            raise VoidError(f"{self.file} did not change")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(after.encode("utf-8", "surrogateescape"))

    def _changed(self, text: str) -> str:
        if not self.old:
            return text + self.new
        if self.pattern:
            after, count = re.subn(self.old, lambda _: self.new, text, flags=re.MULTILINE | re.DOTALL)
            if not count:
                raise VoidError(f"{self.file} has nothing like {self.old!r}")
            return after
        if (count := text.count(self.old)) != 1:
            raise VoidError(f"{self.file} has {self.old!r} {count} times")
        return text.replace(self.old, self.new)
