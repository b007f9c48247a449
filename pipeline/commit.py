"""The commit is the identity: what is built, tagged, deployed and recorded carries its full hash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline import process
from pipeline.errors import CommandError, SourceError

_HEAD = re.compile(r"(?P<sha>[0-9a-f]{40}) (?P<epoch>[0-9]+) (?P<tree>[0-9a-f]{40})")


@dataclass(frozen=True)
class Commit:
    """One state of the tree: `sha` (40 hex digits), its commit time in Unix seconds, the paths changed since, and its files' own hash."""

    sha: str
    epoch: int
    changed: tuple[str, ...] = ()
    tree: str = ""
    """Hash of the committed files alone (Git's tree object): commits of the same files share it."""

    @property
    def dirty(self) -> bool:
        """Whether the tree differs from the commit; untracked files count, ignored ones do not."""
        return bool(self.changed)

    @property
    def tag(self) -> str:
        """The image tag: the full hash, and never a clean one for a dirty tree."""
        return f"{self.sha}-dirty" if self.dirty else self.sha


def read(root: Path) -> Commit:
    """Return the commit checked out in `root`.

    Raises `SourceError` when `root` is not a Git working tree or has no commit yet.
    """
    try:
        process.run(["git", "rev-parse", "--is-inside-work-tree"], cwd=root, timeout=10)
    except CommandError as error:
        # Git refuses a tree of another owner with the same exit code; its own words tell which it is.
        reason = error.what.splitlines()[-1]
        raise SourceError(
            f"{root} is not a usable Git repository ({reason})",
            fix="git clone the project, or git init && git add -A && git commit",
        ) from error
    try:
        head = process.run(["git", "log", "-1", "--format=%H %ct %T"], cwd=root, timeout=10).stdout
    except CommandError as error:
        raise SourceError(f"{root} has no commit yet", fix="git add -A && git commit") from error
    status = process.run(["git", "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal"], cwd=root, timeout=30).stdout
    return parse(head, status)


def parse(head: str, status: str) -> Commit:
    """Build a `Commit` from `git log --format='%H %ct %T'` and NUL-separated porcelain status.

    Raises `SourceError` when the hash is not a full SHA-1.
    """
    if not (found := _HEAD.fullmatch(head.strip())):
        raise SourceError(f"git reported {head.strip()!r} instead of two 40-digit hashes and a time", fix="git log -1")
    changed = tuple(entry[3:] for entry in status.split("\0") if len(entry) > 3)  # noqa: PLR2004 - "XY " precedes the path
    return Commit(found["sha"], int(found["epoch"]), changed, found["tree"])


def require_clean(commit: Commit) -> None:
    """Raise `SourceError` when the tree differs from its commit: such a tree is built and tested, never deployed."""
    if commit.dirty:
        shown = ", ".join(commit.changed[:3]) + (", ..." if len(commit.changed) > 3 else "")  # noqa: PLR2004 - three names fit a line
        raise SourceError(
            f"the tree differs from commit {commit.sha[:12]} ({shown}) and is not deployed",
            fix="git commit (or git stash), then run again",
        )
