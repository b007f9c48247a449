import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import process, workspace
from pipeline.errors import FindingError
from pipeline.monitoring import rules, runbook
from pipeline.monitoring.runbook import Section
from pipeline.toolchain import supply

SECTIONS = runbook.load(workspace.ROOT)
SEVERITIES = {rule["alert"]: rule["labels"]["severity"] for rule in rules.alerts(workspace.ROOT)}


def test_every_alert_has_a_section_and_every_section_an_alert() -> None:
    assert sorted(each.alert for each in SECTIONS) == sorted(SEVERITIES)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda each: each.alert)
def test_each_section_says_how_urgent_it_is_where_to_look_and_what_to_do(section: Section) -> None:
    assert section.text.strip().startswith({"page": "*Page.*", "ticket": "*Ticket.*", "none": "*No page.*"}[SEVERITIES[section.alert]])
    assert section.commands
    assert "\nCure: " in section.text


def test_blocks_that_change_something_are_not_commands() -> None:
    text = "## Part\n\n### One\n\n```sh\nlook a\n\nlook 'b c'\n```\n\n```console\nchange\n```\n\n## Part\n\n### Two\n\nnothing\n"
    assert [(each.alert, each.commands) for each in runbook.parse(text)] == [("One", ("look a", "look 'b c'")), ("Two", ())]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> workspace.Workspace:
    program = tmp_path / "kubectl"
    program.write_text('#!/bin/sh\n[ "$1" = fail ] && exit 1\n[ "$1" = silent ] || echo "$KUBECONFIG $*"\n', "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(supply, "tool", lambda _place, _name: program)
    return replace(workspace.locate(), root=tmp_path, state=tmp_path)


def test_commands_run_without_a_shell_against_this_clone(place: workspace.Workspace) -> None:
    sections = [Section("A", "", ("kubectl get 'a b'", "kubectl get c")), Section("B", "", ("kubectl get c",))]
    assert runbook.execute(place, sections) == 2


@pytest.mark.parametrize("command", ["kubectl fail", "kubectl silent", "planted-program", "kubectl 'open"])
def test_a_command_that_is_of_no_use_is_a_finding(place: workspace.Workspace, command: str) -> None:
    with pytest.raises(FindingError, match="1 of 2 commands of the runbook fail"):
        runbook.execute(place, [Section("A", "", ("kubectl get a", command))])


def test_the_first_lines_find_node_and_kubeconfig_of_the_clone_one_stands_in(tmp_path: Path) -> None:
    place = workspace.locate(environment={"HOME": str(tmp_path)})
    lines = [line for line in (workspace.ROOT / runbook.FILE).read_text("utf-8").splitlines() if line.startswith(("ID=", "export "))]
    script = "\n".join([*lines, 'echo "$NODE $KUBECONFIG"'])
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    said = process.run(["sh", "-euc", script], cwd=place.root, env=env, timeout=20).stdout
    assert said.split() == [place.name, str(place.kubeconfig)]
