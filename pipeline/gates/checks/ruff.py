"""ruff: style and defects of Python, and its layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.gates.context import Context, output, parsed
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report


def check(context: Context, inputs: Inputs) -> Report:
    """Apply every rule but those that pyproject.toml leaves out with a reason."""
    return _run(context, inputs, ["check"], "ruff")


def layout(context: Context, inputs: Inputs) -> Report:
    """Compare each file with what `ruff format` would make of it."""
    return _run(context, inputs, ["format", "--check"], "ruff format")


def _run(context: Context, inputs: Inputs, words: list[str], tool: str) -> Report:
    found = context.tool("ruff")
    files = inputs.of("python")
    options = ["--no-cache", "--output-format=json", f"--config={context.configuration / 'pyproject.toml'}"]
    said = output([found.path, *words, *options, "--", *files], cwd=inputs.root)
    return Report(tool, found.version, tuple(map(str, files)), findings=findings(parsed(tool, said)))


def findings(table: list[dict[str, Any]]) -> tuple[Finding, ...]:
    """Read ruff's JSON."""
    return tuple(
        Finding(
            str(Path(each["filename"])),
            each["location"]["row"],
            each["code"] or each["name"],
            each["message"],
            "low",
            (each.get("fix") or {}).get("message") or each.get("url") or "ruff format",
        )
        for each in table
    )
