"""Comparing what is there with what was applied, and telling Terraform of it; that it then repairs it is proven on a real cluster."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.drift import fields
from pipeline.drift.fields import Changed, Difference

JSON = st.recursive(
    st.booleans() | st.integers(0, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3),
    max_leaves=10,
)
MAPPING = st.dictionaries(st.text("abc", min_size=1, max_size=2), JSON, max_size=4)
BOUNDS = {"minReplicas": 2, "maxReplicas": 10}


def deployment(replicas: int = 2) -> dict[str, Any]:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "hash", "image": "hash:1"}]}}
    metadata = {"name": "hash", "namespace": "hash", "uid": "1", "labels": {"a": "b"}, "annotations": {fields.APPLIED: "{}"}}
    return {"kind": "Deployment", "metadata": metadata, "spec": {"replicas": replicas, "template": template}, "status": {"replicas": 1}}


def compare(live: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    return [str(each) for each in fields.compare(live, wanted, BOUNDS)]


@given(MAPPING)
def test_what_is_equal_does_not_differ(value: dict[str, Any]) -> None:
    assert list(fields.differences(value, copy.deepcopy(value))) == []


@given(MAPPING, MAPPING)
def test_the_fields_that_differ_are_all_that_differs(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """What was applied, with the differences told, is what was found: Terraform then sees the whole drift and nothing else."""
    assert fields.told(wanted, fields.differences(found, wanted)) == found


@pytest.mark.parametrize("replicas", [2, 7, 10])
def test_the_autoscaler_chooses_within_its_bounds(replicas: int) -> None:
    assert compare(deployment(replicas), deployment(1)) == []


@pytest.mark.parametrize("replicas", [0, 1, 11])
def test_replicas_beyond_the_bounds_are_somebody_elses(replicas: int) -> None:
    assert compare(deployment(replicas), deployment(1)) == [f"spec.replicas is {replicas}, wanted '2 to 10'"]


def test_what_servers_and_controllers_write_is_no_drift() -> None:
    live = deployment()
    live["metadata"] |= {"uid": "2", "generation": 9, "resourceVersion": "77", "managedFields": []}
    live["metadata"]["annotations"] |= {"deployment.kubernetes.io/revision": "4"}
    live["spec"]["template"]["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}
    live["status"] = {"replicas": 2}
    assert compare(live, deployment()) == []


def test_each_field_is_named_with_both_values() -> None:
    live = deployment()
    live["spec"]["template"]["spec"]["containers"][0]["image"] = "hash:2"
    live["metadata"]["labels"] = {"team": "nobody"}
    assert compare(live, deployment()) == [
        "metadata.labels.a is nothing, wanted 'b'",
        "metadata.labels.team is 'nobody', wanted nothing",
        "spec.template.spec.containers[0].image is 'hash:2', wanted 'hash:1'",
    ]


def test_a_list_of_another_length_differs_as_a_whole() -> None:
    assert [str(each) for each in fields.differences({"a": [1]}, {"a": [1, 2]})] == ["a is [1], wanted [1, 2]"]


@given(st.lists(MAPPING))
def test_documents_that_follow_one_another_are_all_read(values: list[dict[str, Any]]) -> None:
    assert list(fields.documents("\n".join(json.dumps(value, indent=1) for value in values) + "\n")) == values


def test_a_long_value_is_cut() -> None:
    assert len(str(Difference(("a",), "x" * 1000, None))) < 120


def test_a_changed_object_has_a_line_for_each_field() -> None:
    two = (Difference(("a",), 1, 2), Difference(("b", 0), None, "x"))
    assert Changed("Service", "hash", "hash", {}, two).lines == [
        "Service hash: a is 1, wanted 2",
        "Service hash: b[0] is nothing, wanted 'x'",
    ]


def test_a_default_that_was_changed_is_told_where_nothing_was_applied() -> None:
    found = [Difference(("spec", "template", "replicas"), 0, 1), Difference(("labels", "x"), None, "y")]
    assert fields.told({"labels": {"x": "y", "z": "z"}}, found) == {"labels": {"z": "z"}, "spec": {"template": {"replicas": 0}}}
