"""hadolint: Dockerfiles under any name."""

from __future__ import annotations

from typing import Any

from pipeline.gates.context import Context, output, parsed
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report, severity


def check(context: Context, inputs: Inputs) -> Report:
    """Apply policies/hadolint.yaml. Raises `CommandError` for output that is none; a file that cannot be parsed is a finding (DL1000)."""
    found = context.tool("hadolint")
    files = inputs.of("dockerfile")
    rules = context.configuration / "policies" / "hadolint.yaml"
    # Comments in the file may switch nothing off: exceptions are in the ledger.
    said = output([found.path, "--no-fail", "--disable-ignore-pragma", f"--config={rules}", "--format=json", *files], cwd=inputs.root)
    return Report("hadolint", found.version, tuple(map(str, files)), findings=findings(parsed("hadolint", said)))


def findings(table: list[dict[str, Any]]) -> tuple[Finding, ...]:
    """Read hadolint's JSON."""
    page = "https://github.com/hadolint/hadolint/wiki/"
    return tuple(
        Finding(each["file"], each["line"], each["code"], each["message"].split("\n")[0], severity(each["level"]), f"{page}{each['code']}")
        for each in table
    )
