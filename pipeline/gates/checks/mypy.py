"""mypy, strict: types of this project's Python. Other people's code is not judged by it, since its libraries are not installed here."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.errors import CommandError
from pipeline.gates.context import Context, output
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report

_LINE = re.compile(r"^(?P<file>[^:]+):(?P<line>\d+): error: (?P<message>.*?)(?:  \[(?P<rule>[\w-]+)\])?$")
_SUMMARY = re.compile(r"^(?:Success: no issues found in|Found) \d+ ", re.MULTILINE)
_FOLDERS = ("app", "pipeline", "tests", "noxfile.py")
_ELSEWHERE = Path("tests", "adopt")  # another service's tests, judged where that service is put in place


def check(context: Context, inputs: Inputs) -> Report:
    """Check the product's own code and its tests."""
    found = context.tool("mypy")
    files = [path for path in inputs.of("python") if _judged(path.relative_to(inputs.root))]
    options = [
        f"--cache-dir={context.place.cache / 'mypy'}",
        f"--config-file={context.configuration / 'pyproject.toml'}",
    ]
    said = output([found.path, *options, *(file.relative_to(inputs.root) for file in files)], cwd=inputs.root, ok=(0, 1))
    if not _SUMMARY.search(said):
        raise CommandError(f"mypy did not say what it made of {len(files)} files: {said[-200:]!r}", fix="read the gate's log")
    return Report("mypy", found.version, tuple(map(str, files)), findings=findings(said))


def _judged(path: Path) -> bool:
    return path.parts[0] in _FOLDERS and _ELSEWHERE not in path.parents


def findings(text: str) -> tuple[Finding, ...]:
    """Read mypy's lines; its notes belong to the error above them."""
    found = [match for line in text.splitlines() if (match := _LINE.match(line))]
    return tuple(Finding(each["file"], int(each["line"]), each["rule"] or "mypy", each["message"], "medium") for each in found)
