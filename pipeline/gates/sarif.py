"""Writes a verdict as SARIF 2.1.0, which code hosts and editors read. Source: OASIS, Static Analysis Results Interchange Format."""

from __future__ import annotations

from typing import Any

from pipeline.gates.report import Finding, Report, Severity
from pipeline.gates.verdict import Verdict

_LEVELS: dict[Severity, str] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    "info": "note",
    "unknown": "warning",
}


def of(judged: Verdict) -> dict[str, Any]:
    """One SARIF log with one run per tool. Excepted findings are there with the suppression that covers them."""
    reasons = {finding: entry.reason for finding, entry in judged.excepted}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [_run(judged.gate, report, reasons) for report in judged.reports],
    }


def _run(gate: str, report: Report, reasons: dict[Finding, str]) -> dict[str, Any]:
    rules = sorted({finding.rule for finding in report.findings})
    return {
        "automationDetails": {"id": f"{gate}/{report.tool}"},
        "tool": {"driver": {"name": report.tool, "version": report.version, "rules": [{"id": rule} for rule in rules]}},
        "artifacts": [{"location": {"uri": path}} for path in report.examined],
        "invocations": [
            {
                "executionSuccessful": not report.errors,
                "toolExecutionNotifications": [{"level": "error", "message": {"text": error}} for error in report.errors]
                + [{"level": "warning", "message": {"text": f"unverified: {text}"}} for text in report.unverified],
            }
        ],
        "results": [_result(finding, reasons.get(finding)) for finding in report.findings],
    }


def _result(finding: Finding, reason: str | None) -> dict[str, Any]:
    region = {"region": {"startLine": finding.line}} if finding.line else {}
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": finding.file}, **region}}
    if finding.resource:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.resource}]
    result = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": " -> ".join(filter(None, (finding.message, finding.fix)))},
        "locations": [location],
    }
    return result | ({"suppressions": [{"kind": "external", "status": "accepted", "justification": reason}]} if reason else {})
