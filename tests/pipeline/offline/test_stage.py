"""The stage says what came out, and is red when anything did."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import workspace
from pipeline.commit import Commit
from pipeline.errors import FindingError, UsageError
from pipeline.evidence import Record
from pipeline.offline import stage
from pipeline.offline.observed import Observed
from pipeline.report.graph import Graph, Node
from pipeline.stage import Run

RECORDS = [
    Record("lint", "a" * 40, "passed", 1, 8, figures={"not_verified": ["no advisory data"]}),
    Record("summary", "a" * 40, "passed", 9, 0.5),
]
QUIET = Observed(0, 600.0, (), (), 0, {"a connection fails and is heard, before": True})

GRAPH = Graph({"lint": Node("lint", (), ""), "summary": Node("summary", ("lint",), "")}, ("lint",))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(replace(workspace.locate(), root=tmp_path), Commit("a" * 40, 1))


def test_a_quiet_run_is_told_with_its_figures(run: Run) -> None:
    stage._conclude(run, QUIET, RECORDS, GRAPH)
    assert run.summary == "2 stages passed in 600 s with no network: 0 DNS queries, 0 packets left, 1 controls heard"
    assert {name: run.figures[name] for name in ("dns_queries", "packets_left", "packets_counted", "stages", "not_verified_inside")} == {
        "dns_queries": 0,
        "packets_left": 0,
        "packets_counted": 0,
        "stages": {"lint": 8, "summary": 0.5},
        "not_verified_inside": ["no advisory data"],
    }


def test_one_question_is_a_finding_that_names_it(run: Run) -> None:
    with pytest.raises(FindingError, match=r"offline: 1 DNS queries: a\.example \(by 127\.0\.0\.1\) x1 \(1 faults\)"):
        stage._conclude(run, replace(QUIET, asked=("a.example (by 127.0.0.1)",)), RECORDS, GRAPH)
    assert run.figures["dns_queries"] == 1


def test_it_needs_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UsageError, match="needs root on Linux -> sudo"):
        stage._require(workspace.locate())


def test_a_person_sees_each_stage_of_the_run_inside_as_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("pipeline.console.progress", shown.append)
    for line in ("========== ✓ lint: success, 9 seconds ==========", "681 examined", "cluster: waiting until every part is ready"):
        stage._show(line)
    assert shown == ["offline: ✓ lint: success, 9 seconds", "offline: cluster: waiting until every part is ready"]
