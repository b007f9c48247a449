"""taplo: TOML that parses, laid out in one way."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pipeline import process
from pipeline.errors import CommandError
from pipeline.gates.context import Context
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report

_LAYOUT = re.compile(r'the file is not properly formatted path="(?P<file>[^"]+)"')
_SYNTAX = re.compile(r"error: (?P<message>.+)\n\s*┌─ (?P<file>.+?):(?P<line>\d+):\d+")
_OPTIONS = ("column_width=140", "indent_string=    ", "array_auto_collapse=false")
_SECONDS = 60


def check(context: Context, inputs: Inputs) -> Report:
    """Parse every TOML file and compare its layout."""
    found = context.tool("taplo")
    files = inputs.of("toml")
    options = [f"--option={each}" for each in _OPTIONS]
    argv: list[str | Path] = [found.path, "fmt", "--check", "--no-auto-config", *options, *files]
    done = process.run(argv, cwd=inputs.root, env={**os.environ, "NO_COLOR": "1"}, timeout=_SECONDS, ok=(0, 1))
    wrong = findings(done.stderr)
    if f"found files total={len(files)} " not in done.stderr:
        raise CommandError(f"taplo did not say that it read {len(files)} files: {done.tail}", fix="read the gate's log")
    errors = () if bool(wrong) == bool(done.returncode) else (f"taplo exited {done.returncode} and named no file: {done.tail}",)
    return Report("taplo", found.version, tuple(map(str, files)), findings=wrong, errors=errors)


def findings(text: str) -> tuple[Finding, ...]:
    """Read taplo's messages."""
    syntax = [Finding(each["file"], int(each["line"]), "syntax", each["message"], "medium") for each in _SYNTAX.finditer(text)]
    layout = [Finding(each["file"], 0, "layout", "is not laid out as taplo would", "info", "taplo fmt") for each in _LAYOUT.finditer(text)]
    return tuple(syntax + layout)
