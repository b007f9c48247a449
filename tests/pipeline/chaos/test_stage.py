"""Faults are chosen by name, told in a table, and none is left out silently."""

from dataclasses import replace

import pytest

from pipeline import commit, workspace
from pipeline.chaos import stage
from pipeline.chaos.fault import Effect, Fault, Group
from pipeline.errors import ClusterError, UsageError
from pipeline.stage import Run

ALL = [fault for group in stage.GROUPS for fault in group.faults]


def test_every_fault_has_a_name_of_its_own_and_is_done_without_words() -> None:
    assert len({fault.id for fault in ALL}) == len(ALL)
    assert stage.choose([]) == ALL


@pytest.mark.parametrize("group", stage.GROUPS, ids=lambda group: group.name)
def test_a_group_and_single_faults_can_be_chosen(group: Group) -> None:
    assert stage.choose([f"--group={group.name}"]) == list(group.faults)
    first, last = group.faults[0], group.faults[-1]
    assert stage.choose([f"--fault={last.id}", f"--fault={first.id}", f"--fault={last.id}"]) == [first, last]


def test_every_cause_is_taken_away_though_one_of_them_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    undone: list[str] = []

    def fault(name: str) -> Fault:
        def undo(_run: Run) -> None:
            undone.append(name)
            raise ClusterError("the node does not run", fix="nox -s cluster")

        return replace(ALL[0], id=name, undo=undo)

    monkeypatch.setattr(stage, "GROUPS", (Group("one", (fault("a"), fault("b"))), Group("two", (fault("c"),))))
    place = workspace.locate()
    stage.take_away(Run(place, commit.read(place.root)))
    assert undone == ["a", "b", "c"]


@pytest.mark.parametrize("word", ["--fault=", "--fault=nothing", "--group=node-kill", "node", ""])
def test_an_unknown_word_names_the_choices(word: str) -> None:
    with pytest.raises(UsageError, match="is no fault") as caught:
        stage.choose([word])
    assert "--group=control-plane" in caught.value.fix


def test_nothing_that_steers_the_cluster_or_runs_the_pipeline_may_cost_a_request() -> None:
    for group in stage.GROUPS:
        if group.name in {"control-plane", "pipeline"}:
            assert {(fault.allowed.failed, fault.allowed.outage) for fault in group.faults} == {(0, 0)}


def test_the_table_has_a_line_for_each_fault_and_for_what_cannot_be_done() -> None:
    good = Effect("a", "a", 10, 0, 0, 0.0, 1.0, "itself")
    bad = Effect("b", "b", 10, 9, 0, 5.0, None, "itself", ("not whole within 60 s",))
    assert stage.table([good, bad]).row_count == 2 + len(stage._NOT_DONE)
