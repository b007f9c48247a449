from pathlib import Path

import pytest
import yaml

from pipeline.gates.checks import prometheus
from pipeline.gates.checks.prometheus import Tree

MANIFESTS = "terraform/monitoring/manifests"
ALERT: dict[str, object] = {"alert": "Broken", "expr": "up == 0", "for": "0s", "labels": {"severity": "page", "layer": "service"}}


def tree(root: Path, alerts: list[dict[str, object]], expected: list[dict[str, object]], routing: object = None) -> Tree:
    names = (
        "terraform/monitoring/manifests/rules/a.yaml",
        "tests/monitoring/a.yaml",
        "terraform/monitoring/manifests/alertmanager/alertmanager.yaml",
    )
    contents = ({"groups": [{"name": "a", "rules": alerts}]}, {"tests": [{"alert_rule_test": expected}]}, routing or {})
    for name, content in zip(names, contents, strict=True):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(yaml.safe_dump(content), "utf-8")
    (found,) = prometheus.trees(root / name for name in names)
    return found


def expects(*alerts: dict[str, str], name: str = "Broken") -> dict[str, object]:
    return {"alertname": name, "exp_alerts": [{"exp_labels": each} for each in alerts]}


def test_files_are_sorted_by_the_tree_they_belong_to(tmp_path: Path) -> None:
    files = [tmp_path / each / name for each in ("1", "2") for name in ("tests/monitoring/a.yaml", f"{MANIFESTS}/rules/b.yaml")]
    found = prometheus.trees([*files, tmp_path / "1" / "other.yaml"])
    assert [(each.root.name, len(each.rules), len(each.tests)) for each in found] == [("1", 1, 1), ("2", 1, 1)]


def test_an_alert_that_is_seen_both_ways_is_tested(tmp_path: Path) -> None:
    known = tree(tmp_path, [ALERT], [expects({"severity": "page", "layer": "service", "job": "x"}), expects()])
    assert list(prometheus.untested(known)) == []


@pytest.mark.parametrize(
    ("expected", "lacking"),
    [
        ([], ["firing", "silent"]),
        ([expects()], ["firing"]),
        ([expects({"severity": "page", "layer": "service"})], ["silent"]),
        ([expects({"severity": "ticket", "layer": "service"}), expects()], ["firing"]),
        ([expects({"severity": "page", "layer": "service"}, name="Other"), expects(name="Other")], ["firing", "silent"]),
    ],
)
def test_an_alert_that_no_test_sees_one_way_is_a_finding(tmp_path: Path, expected: list[dict[str, object]], lacking: list[str]) -> None:
    found = list(prometheus.untested(tree(tmp_path, [ALERT], expected)))
    assert [each.message.split(" sees Broken ")[1].split(" ")[0] for each in found] == lacking


def test_what_always_fires_needs_no_silence(tmp_path: Path) -> None:
    known = tree(tmp_path, [ALERT | {"expr": "vector(1)"}], [expects({"severity": "page", "layer": "service"})])
    assert list(prometheus.untested(known)) == []


def test_an_inhibition_of_an_alert_that_there_is_not_is_a_finding(tmp_path: Path) -> None:
    routing = {
        "route": {"routes": [{"matchers": ['alertname="Broken"', 'severity="page"']}]},
        "inhibit_rules": [{"source_matchers": ['alertname=~"Broken|Brokn"'], "target_matchers": ['layer="service"']}],
    }
    found = list(prometheus.unknown(tree(tmp_path, [ALERT], [], routing)))
    assert [each.message for each in found] == ['alertname=~"Broken|Brokn" names Brokn, which no rule has']


def test_an_alert_without_a_section_in_the_runbook_is_incomplete(tmp_path: Path) -> None:
    complete = ALERT | {"annotations": {"summary": "It is broken.", "runbook_url": "docs/runbook.md#broken"}}
    known = tree(tmp_path, [complete, ALERT | {"labels": {}}], [])
    lacking = [each.message.rpartition(" ")[2] for each in prometheus._incomplete(known)]
    assert lacking == ["runbook_url", "severity", "layer", "summary", "runbook_url"]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "runbook.md").write_text("# Runbook\n\n### Broken\n", "utf-8")
    assert [each.message.rpartition(" ")[2] for each in prometheus._incomplete(known)] == ["severity", "layer", "summary", "runbook_url"]
