"""The runbook as what it is: sections of prose, and commands that have to work at three in the morning."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline import process
from pipeline.errors import CommandError, FindingError
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

FILE = "docs/runbook.md"
_SECONDS, _PARALLEL = 180, 3
_HEADING = re.compile(r"^### (?P<alert>\w+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```sh\n(?P<commands>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Section:
    """What to do about one alert: the whole text, and the commands that look."""

    alert: str
    text: str
    commands: tuple[str, ...]


def load(root: Path) -> list[Section]:
    """Read the runbook of the project in `root`."""
    return parse((root / FILE).read_text("utf-8"))


def parse(text: str) -> list[Section]:
    """Return the sections (third-level headings) of a runbook."""
    pieces = _HEADING.split(re.sub(r"^## .*$", "", text, flags=re.MULTILINE))
    return [Section(name, body, commands(body)) for name, body in zip(pieces[1::2], pieces[2::2], strict=True)]


def commands(text: str) -> tuple[str, ...]:
    """The commands of the blocks marked `sh`, one a line."""
    blocks = [found["commands"] for found in _BLOCK.finditer(text)]
    return tuple(line for block in blocks for line in block.splitlines() if line.strip())


def execute(place: Workspace, sections: Sequence[Section]) -> int:
    """Run every command of these sections against the living cluster. Return how many that were.

    Raises `FindingError` when one fails, is refused, or prints nothing: at night, that would be the first thing to fail.
    """
    every = sorted({command for section in sections for command in section.commands})
    with ThreadPoolExecutor(_PARALLEL) as pool:
        failures = [fault for fault in pool.map(lambda command: failure(place, command), every) if fault]
    if failures:
        raise FindingError(f"{len(failures)} of {len(every)} commands of the runbook fail: {failures[0]}", fix=f"correct {FILE}")
    return len(every)


def failure(place: Workspace, command: str) -> str:
    """Why a command is of no use at night, empty when it is. No shell reads it, so it has no pipes, and no variable but the node's name."""
    kubectl = supply.tool(place, "kubectl")
    # A session inside a session must not take over what the outer one was told.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NOX")}
    env = {**kept, "KUBECONFIG": str(place.kubeconfig), "PATH": f"{kubectl.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        said = process.run([word.replace("$NODE", place.name) for word in shlex.split(command)], cwd=place.root, env=env, timeout=_SECONDS)
    except (CommandError, ValueError) as error:
        return f"{command}: {error}"
    return "" if said.stdout.strip() or said.stderr.strip() else f"{command}: prints nothing"
