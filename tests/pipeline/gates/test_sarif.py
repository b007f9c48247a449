"""SARIF as code hosts read it."""

import datetime as dt
import json

from pipeline.gates import sarif, verdict
from pipeline.gates.ledger import Entry
from pipeline.gates.report import Finding, Report
from pipeline.gates.verdict import Floor

DAY = dt.date(2026, 11, 24)


def test_findings_places_errors_and_suppressions_are_there() -> None:
    findings = (Finding("a.yaml", 3, "R1", "is bad", "critical", "mend it", "Pod/a"), Finding("b.yaml", 0, "R2", "is odd"))
    report = Report("tool", "1.2", ("a.yaml", "b.yaml"), 5, findings, ("c.yaml: unreadable",), ("the rest",))
    entry = Entry("gate", "R2", "b.yaml", "it is meant to be odd", "platform", DAY, DAY)
    log = sarif.of(verdict.judge("gate", [report], floors={"tool": Floor(1)}, ledger=[entry]))
    assert json.loads(json.dumps(log)) == log
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"] == {"name": "tool", "version": "1.2", "rules": [{"id": "R1"}, {"id": "R2"}]}
    first, second = run["results"]
    assert first["level"] == "error"
    assert first["message"]["text"] == "is bad -> mend it"
    assert first["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "a.yaml"}, "region": {"startLine": 3}}
    assert first["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "Pod/a"}]
    assert "suppressions" not in first
    assert second["suppressions"][0]["justification"] == "it is meant to be odd"
    assert "region" not in second["locations"][0]["physicalLocation"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [each["message"]["text"] for each in invocation["toolExecutionNotifications"]] == ["c.yaml: unreadable", "unverified: the rest"]
