"""bandit: insecure Python. Comments that silence it are not obeyed: exceptions are in the ledger."""

from __future__ import annotations

from importlib import metadata
from typing import Any

from pipeline.gates.context import Context, output, parsed
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report, severity


def check(context: Context, inputs: Inputs) -> Report:
    """Apply every test to product code. Tests of this project may start programs and assert: they are left to ruff's own S rules."""
    found = context.tool("bandit")
    files = [path for path in inputs.of("python") if not (context.own and path.relative_to(inputs.root).parts[0] == "tests")]
    said = (
        output([found.path, "--quiet", "--format=json", "--ignore-nosec", *files], cwd=inputs.root)
        if files
        else '{"errors": [], "results": []}'
    )
    table = parsed("bandit", said)
    rules = len(metadata.entry_points(group="bandit.plugins")) + len(metadata.entry_points(group="bandit.blacklists"))
    return Report("bandit", found.version, tuple(map(str, files)), rules, findings(table), errors(table))


def findings(table: dict[str, Any]) -> tuple[Finding, ...]:
    """Read bandit's results."""
    return tuple(
        Finding(
            each["filename"], each["line_number"], each["test_id"], each["issue_text"], severity(each["issue_severity"]), each["more_info"]
        )
        for each in table["results"]
    )


def errors(table: dict[str, Any]) -> tuple[str, ...]:
    """Read what bandit could not parse: it exits with 0 all the same."""
    return tuple(f"{each['filename']}: {each['reason']}" for each in table["errors"])
