"""What every check is given beside its files, and the two ways to get at a pinned tool."""

from __future__ import annotations

import functools
import json
import os
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from pipeline import process
from pipeline.errors import CommandError, IntegrityError
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Report
from pipeline.workspace import Workspace

_SECONDS = 300
_AGAIN = "read the gate's log"


@dataclass(frozen=True)
class Context:
    """Where tools come from, where a check may write, and whether it looks at this project or at somebody else's folder."""

    place: Workspace
    scratch: Path
    own: bool
    """This project's tree, or a copy of it: floors, ledger and what only makes sense here apply."""
    image: str = ""
    """The reference that a release of this tree would deploy; manifests are rendered with it."""

    archive: Path | None = None
    """The built image as a docker-archive, where an image is judged."""

    @property
    def configuration(self) -> Path:
        """The folder whose configuration the tools use: always this project's, also for other folders."""
        return self.place.root


Check = Callable[[Context, Inputs], Report]
"""Examines the files that it understands. Raises `PipelineError` when it can't; the caller makes that an error of its report."""


def packaged(name: str, distribution: str = "") -> tuple[Path, str]:
    """Return the program and version of a tool that uv.lock brings. Raises `IntegrityError` when another version is installed."""
    distribution = distribution or name
    try:
        version = metadata.version(distribution)
    except metadata.PackageNotFoundError as error:
        raise IntegrityError(f"{distribution} is not installed", fix="start through ./run, which installs uv.lock") from error
    if (pinned := _locked(distribution)) != version:
        raise IntegrityError(f"{distribution} is {version}, uv.lock pins {pinned or 'none'}", fix="start through ./run")
    return Path(sys.executable).with_name(name), version


@functools.cache
def _locked(distribution: str) -> str:
    lock = Path(__file__).resolve().parents[2] / "uv.lock"
    packages = tomllib.loads(lock.read_text("utf-8"))["package"]
    return next((str(each["version"]) for each in packages if each["name"] == distribution), "")


def output(
    argv: Sequence[str | Path], *, cwd: Path, ok: tuple[int, ...] = (0, 1), env: dict[str, str] | None = None, seconds: float = _SECONDS
) -> str:
    """Run a tool and return its standard output. Raises `CommandError` for an exit code that says that it failed."""
    return process.run(argv, cwd=cwd, env={**os.environ, "NO_COLOR": "1", **(env or {})}, timeout=seconds, ok=ok, fix=_AGAIN).stdout


def parsed(tool: str, text: str) -> Any:  # noqa: ANN401 - whatever JSON the tool prints; its reader checks the shape
    """Return a tool's JSON. Raises `CommandError` when it is none: a tool that was replaced or broke says nothing sensible."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise CommandError(f"{tool} printed no JSON: {text[:80]!r}", fix=_AGAIN) from error
