"""ShellCheck: shell scripts, with every optional check on."""

from __future__ import annotations

from typing import Any

from pipeline.gates.context import Context, output, parsed
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report, severity

# Style of a house that writes ${x} everywhere and never relies on `set -e`; ours does neither.
_LEFT_OUT = ("require-variable-braces", "check-set-e-suppressed")


def check(context: Context, inputs: Inputs) -> Report:
    """Check every script with the optional checks, except two of pure style."""
    found = context.tool("shellcheck")
    files = inputs.of("shell")
    optional = [
        line.removeprefix("name:").strip()
        for line in output([found.path, "--list-optional"], cwd=inputs.root).splitlines()
        if "name:" in line
    ]
    enabled = ",".join(name for name in optional if name not in _LEFT_OUT)
    said = output([found.path, "--format=json1", "--norc", f"--enable={enabled}", *files], cwd=inputs.root)
    return Report("shellcheck", found.version, tuple(map(str, files)), findings=findings(parsed("shellcheck", said)))


def findings(table: dict[str, Any]) -> tuple[Finding, ...]:
    """Read ShellCheck's json1."""
    page = "https://www.shellcheck.net/wiki/SC"
    return tuple(
        Finding(each["file"], each["line"], f"SC{each['code']}", each["message"], severity(each["level"]), f"{page}{each['code']}")
        for each in table["comments"]
    )
