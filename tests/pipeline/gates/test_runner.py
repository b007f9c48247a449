"""Running checks: the cache, floors, broken checks, and the stages that call them."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import rules, workspace
from pipeline.errors import UsageError
from pipeline.gates import inputs, runner
from pipeline.gates.catalogue import GATES, Step
from pipeline.gates.context import Context
from pipeline.gates.inputs import Inputs
from pipeline.gates.prove import attacks, matrix
from pipeline.gates.prove.mutant import Mutant
from pipeline.gates.report import Finding, Report
from pipeline.report import graph
from pipeline.workspace import ROOT, Workspace

CALLS: list[int] = []


def step(report: Report | Exception) -> Step:
    def check(_context: Context, _inputs: Inputs) -> Report:
        CALLS.append(1)
        if isinstance(report, Exception):
            raise report
        return report

    return Step("made up", ("python",), check)


@pytest.fixture
def tree(tmp_path: Path) -> tuple[Context, Inputs]:
    CALLS.clear()
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a.py").write_text("a = 1\n")
    place: Workspace = replace(workspace.locate(), cache=tmp_path / "cache")
    return Context(place, own=True), inputs.of_paths(tmp_path / "tree", [tmp_path / "tree"])


CLEAN = Report("made up", "1", ("a.py",), 3)


def test_what_did_not_change_is_not_judged_twice(tree: tuple[Context, Inputs]) -> None:
    reports = [runner.reports([step(CLEAN)], *tree, cache=True) for _ in range(3)]
    assert reports == [[CLEAN]] * 3
    assert [report.reused for (report,) in reports] == [False, True, True]
    assert len(CALLS) == 1


def test_findings_are_kept_too_for_what_they_mean_is_decided_anew(tree: tuple[Context, Inputs]) -> None:
    red = replace(CLEAN, findings=(Finding("a.py", 1, "R", "m", "high", "f", "r"),))
    assert [runner.reports([step(red)], *tree, cache=True) for _ in range(2)] == [[red]] * 2
    assert len(CALLS) == 1


def test_a_changed_file_is_judged_again(tree: tuple[Context, Inputs]) -> None:
    runner.reports([step(CLEAN)], *tree, cache=True)
    path = tree[1].root / "a.py"
    path.write_text("a = 2\n")
    runner.reports([step(CLEAN)], *tree, cache=True)
    assert len(CALLS) == 2


@pytest.mark.parametrize("change", [{"image": "other.local/hash"}, {"replicas_max": 9}, {"node_port": 30999}])
def test_what_is_judged_by_other_settings_is_judged_again(tree: tuple[Context, Inputs], change: dict[str, Any]) -> None:
    context, files = tree
    other = replace(context, place=replace(context.place, settings=replace(context.place.settings, **change)))
    reports = [runner.reports([step(CLEAN)], asked, files, cache=True) for asked in (context, other, context, other)]
    assert [report.reused for (report,) in reports] == [False, False, True, True]


@pytest.mark.parametrize("answer", [replace(CLEAN, errors=("a.py: unparsed",)), replace(CLEAN, unverified=("the rest",)), OSError("broke")])
def test_a_failed_or_partial_answer_is_never_kept(tree: tuple[Context, Inputs], answer: Report | Exception) -> None:
    for _ in range(2):
        runner.reports([step(answer)], *tree, cache=True)
    assert len(CALLS) == 2


def test_a_damaged_memory_is_asked_again(tree: tuple[Context, Inputs]) -> None:
    runner.reports([step(CLEAN)], *tree, cache=True)
    (kept,) = (tree[0].place.cache / "verdicts").iterdir()
    for text in ("", "{", "[]", "{}", json.dumps({"tool": "made up"})):
        kept.write_text(text)
        assert runner.reports([step(CLEAN)], *tree, cache=True) == [CLEAN]
    assert len(CALLS) == 6


def test_a_check_that_breaks_is_an_error_not_a_pass(tree: tuple[Context, Inputs]) -> None:
    (report,) = runner.reports([step(ZeroDivisionError("oh"))], *tree)
    assert report.errors == ("made up: ZeroDivisionError: oh",)


def test_an_unfit_file_makes_every_gate_red(tree: tuple[Context, Inputs]) -> None:
    (tree[1].root / "b.yaml").write_bytes(b"\xff")
    (report,) = runner.reports([step(CLEAN)], tree[0], inputs.of_paths(tree[1].root, [tree[1].root]))
    assert report.errors == ("b.yaml: is not UTF-8 at byte 0",)


@pytest.mark.parametrize(
    "text", ["", "a = [", "[sast]\n", "[sast]\nbandit = { examined = 0 }\n", "[sast]\nbandit = { seen = 1 }\n", "sast = 1\n"]
)
def test_unfit_floors_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "floors.toml").write_text(text)
    with pytest.raises(UsageError, match=r"floors\.toml"):
        runner.load_floors(tmp_path / "floors.toml")


def test_every_gate_is_a_stage_and_stands_before_the_build_or_before_the_deployment() -> None:
    source = (ROOT / "noxfile.py").read_text()
    called = set(re.findall(r'stages\.gate\(run, "(\w+)"\)', source))
    requires = graph.read(source).requires
    assert called == set(GATES) - {"image"}
    assert called <= set(requires["build"])
    assert "stages.image(run)" in source
    assert "scan" in requires["attest"]
    assert "attest" in requires["deploy"]


def test_every_rule_of_ours_and_every_tool_has_something_planted_against_it() -> None:
    asked = {rule.id for rule in rules.load(ROOT).rules.values() if not rule.manifests}
    planted = {mutant.rule for mutant in matrix.MUTANTS if mutant.tool == "opa"}
    assert planted == asked
    attacked = {attack.tool for attack in attacks.catalogue()}
    assert {each.tool for steps in GATES.values() for each in steps} <= attacked
    assert len(matrix.MUTANTS) + len(attacks.catalogue()) >= 120


def test_mutants_can_be_told_apart() -> None:
    names = [(mutant.tool, mutant.name) for mutant in matrix.MUTANTS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("mutant", matrix.MUTANTS, ids=lambda each: f"{each.tool}: {each.name}")
def test_every_mutant_still_changes_this_tree(mutant: Mutant, tmp_path: Path) -> None:
    original, copy = ROOT / mutant.file, tmp_path / mutant.file
    if original.is_file():
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(original.read_bytes())
    mutant.apply(tmp_path)
    assert copy.is_file()
