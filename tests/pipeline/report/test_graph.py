"""The graph is the noxfile's own, read without running it."""

import pytest

from pipeline.errors import UsageError
from pipeline.report import graph
from pipeline.report.graph import Node
from pipeline.workspace import ROOT
from tests.pipeline.report.samples import GRAPH


def test_stages_their_requirements_and_their_words_are_read() -> None:
    assert dict(GRAPH.nodes) == {
        "lint": Node("lint", (), "Check style"),
        "build": Node("build", ("lint",), "Build the image"),
        "rollout-proof": Node("rollout-proof", ("build",), "Release under load"),
        "summary": Node("summary", ("rollout-proof",), "Show everything"),
        "prove": Node("prove", (), "Plant violations"),
    }
    assert GRAPH.whole == ("lint", "build", "rollout-proof")


def test_the_projects_own_noxfile_has_all_that_a_whole_run_needs() -> None:
    found = graph.read((ROOT / "noxfile.py").read_text())
    assert {"lint", "build", "deploy", "pentest", "rollout-proof"} <= set(found.whole)
    assert not {"summary", "report", "chaos", "tests"} & set(found.whole)
    assert all(set(node.requires) <= set(found.nodes) for node in found.nodes.values())
    assert found.requires["build"] == ("docker", "lint", "sast", "secrets", "workflows", "deps", "iac", "policy")
    assert found.requires["lint"] == ()
    assert found.needed("scan") == {"scan", "build", *found.requires["build"]}


@pytest.mark.parametrize("stage", ["deploy", "watchers"])
def test_nothing_is_applied_before_every_gate_is_green(stage: str) -> None:
    assert {"lint", "sast", "secrets", "workflows", "deps", "iac", "policy"} <= graph.read((ROOT / "noxfile.py").read_text()).needed(stage)


@pytest.mark.parametrize("source", ["def (", "x = '\x00'"])
def test_a_noxfile_that_is_no_python_is_one_line(source: str) -> None:
    with pytest.raises(UsageError, match=r"noxfile\.py is not readable"):
        graph.read(source)


def test_a_noxfile_without_a_default_has_no_whole_run() -> None:
    assert graph.read("x = 1").whole == ()
