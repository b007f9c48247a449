"""Telling strangers from what is ours, and from what Kubernetes makes itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import workspace
from pipeline.drift import strangers
from pipeline.drift.strangers import Stranger

OURS = {("Deployment", "hash"), ("ConfigMap", "ours")}


def line(kind: str, name: str, owners: str = "", leaving: str = "") -> str:
    return f"{kind}\t{name}\t{owners}\t{leaving}\n"


@pytest.mark.parametrize(
    "known",
    [
        line("Deployment", "hash"),
        line("ConfigMap", "kube-root-ca.crt"),
        line("ServiceAccount", "default"),
        line("Event", "hash.1"),
        line("Endpoints", "hash"),
        line("ReplicaSet", "hash-1", "Deployment"),
        line("Pod", "hash-1-1", "ReplicaSet"),
        line("EndpointSlice", "hash-x", "Service"),
        line("Pod", "stranger", "", "2026-01-01T00:00:00Z"),
    ],
)
def test_what_is_known_made_or_leaving_is_no_stranger(known: str) -> None:
    assert list(strangers.unknown(known, OURS)) == []


@pytest.mark.parametrize("kind", ["Pod", "ConfigMap", "Secret", "Role", "Deployment", "NetworkPolicy", "CronJob"])
def test_everything_else_is_one(kind: str) -> None:
    (found,) = strangers.unknown(line(kind, "stranger"), OURS)
    assert str(found) == f"{kind} stranger: belongs to no release"


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret", "RoleBinding"])
def test_an_owner_that_makes_no_such_thing_hides_nothing(kind: str) -> None:
    assert list(strangers.unknown(line(kind, "hidden", "Deployment"), OURS)) == [Stranger(kind, "hidden")]


@given(st.lists(st.tuples(st.sampled_from(["Secret", "Pod", "Role"]), st.text("abc", min_size=1, max_size=3)), unique=True))
def test_each_stranger_is_named_once(objects: list[tuple[str, str]]) -> None:
    listing = "".join(line(kind, name) for kind, name in objects)
    assert [(each.kind, each.name) for each in strangers.unknown(listing, OURS)] == objects


def test_what_comes_with_the_cluster_is_no_stranger() -> None:
    assert set(strangers.declared(workspace.locate(), "hash")) == {
        ("Role", "deployer"),
        ("RoleBinding", "deployer"),
        ("RoleBinding", "kube-state-metrics"),
        ("RoleBinding", "prometheus-targets"),
        ("ServiceAccount", "default"),
    }
