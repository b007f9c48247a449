"""The verdicts of the gates as they lie in the evidence, and what is open in them."""

from __future__ import annotations

from typing import Any

from pipeline.report import lenient
from pipeline.report.files import Evidence

_SUFFIX = ".report.json"
# The stage that judges the image is called after what it does.
_STAGES = {"image": "scan", "plan": "deploy"}


def reports(found: Evidence) -> dict[str, dict[str, Any]]:
    """The verdicts of the gates, by gate."""
    named = {name.removesuffix(_SUFFIX): each for name, each in found.documents.items() if name.endswith(_SUFFIX)}
    return {name: each for name, each in sorted(named.items()) if isinstance(lenient.find(each, "reports"), list)}


def open_findings(found: Evidence) -> list[tuple[str, dict[str, Any]]]:
    """Gate and finding, for all that no exception covers; a gate's errors are findings, too."""
    told = []
    for gate, each in reports(found).items():
        told += [(gate, finding) for finding in lenient.rows(each, "findings")]
        told += [(gate, {"file": "", "rule": "error", "message": error}) for error in lenient.texts(each, "errors")]
    return told


def place(finding: dict[str, Any]) -> str:
    """File and line."""
    line = lenient.count(finding, "line")
    return lenient.text(finding, "file") + (f":{line}" if line else "")


def of_stage(found: Evidence, stage: str) -> list[dict[str, Any]]:
    """The open findings of the gate that a stage is."""
    return [each for gate, each in open_findings(found) if _STAGES.get(gate, gate) == stage]
