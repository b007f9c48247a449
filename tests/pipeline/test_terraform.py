"""Reading plans and Terraform's own words; running it is tested on a real cluster."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import terraform, workspace
from pipeline.errors import BusyError, IntegrityError, ReleaseError
from pipeline.terraform import Module, Plan

MANIFEST = json.dumps({"kind": "Deployment", "metadata": {"name": "hash"}})


def change(actions: list[str], *, mode: str = "managed") -> dict[str, object]:
    state = {"manifest": MANIFEST}
    before, after = (None if actions == ["create"] else state), (None if actions == ["delete"] else state)
    return {"mode": mode, "change": {"actions": actions, "before": before, "after": after}}


@pytest.mark.parametrize(
    ("actions", "line"),
    [
        (["create"], "+ Deployment hash"),
        (["update"], "~ Deployment hash"),
        (["delete"], "- Deployment hash"),
        (["delete", "create"], "-/+ Deployment hash"),
        (["create", "delete"], "-/+ Deployment hash"),
    ],
)
def test_each_change_is_one_line_that_names_the_object(actions: list[str], line: str) -> None:
    assert terraform.describe([change(actions)]) == [line]


@pytest.mark.parametrize("unchanged", [change(["no-op"]), change(["read"], mode="data")])
def test_what_stays_has_no_line(unchanged: dict[str, object]) -> None:
    assert terraform.describe([unchanged]) == []


def test_a_plan_without_steps_says_so() -> None:
    assert terraform.summarise([]) == "no changes"


@given(st.lists(st.sampled_from(["+ A a", "~ B b", "- C c", "-/+ D d"])))
def test_the_summary_counts_every_step_once(steps: list[str]) -> None:
    numbers = [int(word) for word in terraform.summarise(steps).replace(",", "").split() if word.isdigit()]
    assert sum(numbers) == len(steps)


def test_a_locked_state_is_somebody_else_at_work() -> None:
    error = terraform.translate(
        "plan", "╷\n│ Error: Error acquiring the state lock\n│\n│ Error message: resource temporarily unavailable\n╵"
    )
    assert isinstance(error, BusyError)
    assert "locked" in error.what


def test_an_error_keeps_its_detail_on_one_line() -> None:
    error = terraform.translate("apply", "noise\n╷\n│ Error: timed out\n│ \n│   with kustomization_resource.main,\n╵\n")
    assert isinstance(error, ReleaseError)
    assert error.what == "terraform apply: timed out with kustomization_resource.main,"


@pytest.mark.parametrize("content", [b"", b"another plan"])
def test_a_plan_that_was_changed_after_it_was_judged_is_not_applied(tmp_path: Path, content: bytes) -> None:
    place = workspace.locate(environment={"HOME": str(tmp_path)})
    file = tmp_path / "release.tfplan"
    file.write_bytes(content)
    plan = Plan(file, hashlib.sha256(b"the plan").hexdigest(), (), "no changes")
    with pytest.raises(IntegrityError, match="the saved plan is"):
        Module(place, tmp_path).apply(plan)
    assert not file.exists()


@given(st.text(max_size=2000))
def test_whatever_terraform_says_becomes_one_line(said: str) -> None:
    assert "\n" not in terraform.translate("plan", said).what


STATE = json.dumps(
    {
        "resources": [
            {"mode": "data", "instances": [{"index_key": "not ours"}]},
            {"mode": "managed", "instances": [{"index_key": "_/Namespace/_/hash"}, {"index_key": "apps/Deployment/hash/hash"}]},
        ]
    }
)


@pytest.mark.parametrize(("state", "known"), [("", set()), ("{}", set()), (STATE, {"_/Namespace/_/hash", "apps/Deployment/hash/hash"})])
def test_what_a_state_knows_is_read_by_the_providers_names(state: str, known: set[str]) -> None:
    assert terraform.known_to(state) == known


def item(kind: str, api: str, *, namespace: str = "hash", applied: bool = True) -> dict[str, object]:
    metadata = {"name": "hash", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"} if applied else {}}
    return {"apiVersion": api, "kind": kind, "metadata": metadata | ({"namespace": namespace} if namespace else {})}


def test_only_what_was_applied_can_be_taken_over() -> None:
    answer = {"kind": "List", "items": [item("Deployment", "apps/v1"), item("Service", "v1", applied=False)]}
    assert terraform.adoptable(answer) == {"apps/Deployment/hash/hash"}
    assert terraform.adoptable(item("Namespace", "v1", namespace="")) == {"_/Namespace/_/hash"}
    assert terraform.adoptable({}) == set()
