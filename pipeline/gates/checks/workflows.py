"""GitHub workflows: actionlint (syntax, expressions, shell) and zizmor (what an attacker would use)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.gates.context import Context, output, parsed
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report, severity


def actionlint(context: Context, inputs: Inputs) -> Report:
    """Check syntax and expressions, with ShellCheck on every `run`."""
    found = context.tool("actionlint")
    shellcheck = context.tool("shellcheck").path
    files = inputs.of("workflow")
    said = output([found.path, "-format={{json .}}", f"-shellcheck={shellcheck}", "-pyflakes=", *files], cwd=inputs.root)
    findings = tuple(
        Finding(
            str(inputs.root / each["filepath"]),
            each["line"],
            each["kind"],
            each["message"],
            "medium",
            "https://rhysd.github.io/actionlint/",
        )
        for each in parsed("actionlint", said) or []
    )
    return Report("actionlint", found.version, tuple(map(str, files)), findings=findings)


def zizmor(context: Context, inputs: Inputs) -> Report:
    """Apply every audit that needs no network, the pedantic ones included."""
    found = context.tool("zizmor")
    files = inputs.of("workflow")
    # Comments and configuration of the judged folder may switch nothing off.
    options = ["--offline", "--persona=pedantic", "--format=json", "--no-config", "--no-exit-codes", "--strict-collection", "--quiet"]
    said = output([found.path, *options, *files], cwd=inputs.root, ok=(0,))
    findings = tuple(_finding(each, inputs.root) for each in parsed("zizmor", said))
    return Report("zizmor", found.version, tuple(map(str, files)), findings=findings)


def _finding(each: dict[str, Any], root: Path) -> Finding:
    primary = next((place for place in each["locations"] if place["symbolic"]["kind"] == "Primary"), each["locations"][0])
    file = next(iter(primary["symbolic"]["key"].values()))
    path = root / Path(file.get("verbatim_path") or file["given_path"])
    line = primary["concrete"]["location"]["start_point"]["row"] + 1
    return Finding(str(path), line, each["ident"], each["desc"], severity(each["determinations"]["severity"]), each["url"])
