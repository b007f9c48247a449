"""What uv.lock holds, as a list of requirements."""

from __future__ import annotations

from pathlib import Path

from pipeline import process

_SECONDS = 60


def requirements(uv: Path, project: Path, *selection: str) -> str:
    """Return the locked packages of a selection of groups (`--only-group NAME`, `--all-groups`) as requirements with hashes, a name a line.

    Raises `CommandError` when the folder has no usable uv.lock.
    """
    argv: list[str | Path] = [uv, "export", "--quiet", "--frozen", "--no-emit-project", "--no-header", *selection]
    return process.run(argv, cwd=project, timeout=_SECONDS).stdout
