"""All gates' SARIF logs as one, for a code host that takes one file: a run for each gate, its tools as parts of it.

GitHub takes at most 20 runs a file; the gates have more tools than that. What passed is left out: a code host would show it as an alert.
Source: https://docs.github.com/code-security/reference/code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.report import lenient

_NO_FINDINGS = {"pass", "notApplicable", "informational"}


def merge(logs: Mapping[str, Any]) -> dict[str, Any]:
    """Return one log from those of the gates, by gate."""
    runs = [_run(gate, lenient.rows(log, "runs")) for gate, log in sorted(logs.items())]
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": runs}


def _run(gate: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    drivers = [lenient.find(run, "tool", "driver") for run in runs]
    results = [each for run in runs for each in lenient.rows(run, "results") if each.get("kind", "fail") not in _NO_FINDINGS]
    named = {lenient.text(each, "ruleId") for each in results}
    rules = {lenient.text(each, "id"): each for driver in drivers for each in lenient.rows(driver, "rules")}
    tools = [{"name": lenient.text(driver, "name"), "version": lenient.text(driver, "version") or "1"} for driver in drivers]
    return {
        "automationDetails": {"id": f"{gate}/"},
        "tool": {
            "driver": {"name": f"portcullis {gate}", "rules": [rules[name] for name in sorted(named & rules.keys())]},
            "extensions": [tool for tool in tools if tool["name"]],
        },
        "invocations": [each for run in runs for each in lenient.rows(run, "invocations")],
        # An index points into the rules of its own tool, which are among others now; the name is enough.
        "results": [{key: value for key, value in each.items() if key not in {"ruleIndex", "rule"}} for each in results],
    }
