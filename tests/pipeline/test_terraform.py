"""Reading plans and Terraform's own words; running it is tested on a real cluster."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import terraform
from pipeline.errors import BusyError, ReleaseError

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


@given(st.text(max_size=2000))
def test_whatever_terraform_says_becomes_one_line(said: str) -> None:
    assert "\n" not in terraform.translate("plan", said).what
