"""Rights: whom a role lets do what, by name, by a star, by a group that stands for everybody."""

from dataclasses import replace
from typing import Any

import pytest

from pipeline.harden import rights
from pipeline.harden.facts import Facts
from tests.support import recorded_facts

FACTS = recorded_facts()


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["nodes/proxy"]}, True),
        ({"verbs": ["*"], "apiGroups": [""], "resources": ["nodes/proxy"]}, True),
        ({"verbs": ["get"], "apiGroups": ["*"], "resources": ["*"]}, True),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["*/proxy"]}, True),
        ({"verbs": ["list"], "apiGroups": [""], "resources": ["nodes/proxy"]}, False),
        ({"verbs": ["get"], "apiGroups": ["apps"], "resources": ["nodes/proxy"]}, False),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["nodes"]}, False),
        ({"verbs": ["get"], "nonResourceURLs": ["*"]}, False),
    ],
)
def test_a_rule_gives_by_name_or_by_star(rule: dict[str, list[str]], given: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert rights.gives(rule, {"get"}, "", "nodes/proxy") is given


def bound(kind: str, binding: dict[str, Any], *subjects: dict[str, str]) -> Facts:
    role = {
        "kind": "ClusterRole",
        "metadata": {"name": "reader"},
        "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}],
    }
    whole = {"kind": kind, "roleRef": {"kind": "ClusterRole", "name": "reader"}, "subjects": list(subjects), **binding}
    return replace(FACTS, objects={"ClusterRole": [role], kind: [whole]})


READS = rights.nobody_else("other reader", {"get"}, "", "secrets")
PLAIN = {"metadata": {"name": "b", "namespace": "n"}}
OWN = {"metadata": {"name": "b", "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}}


@pytest.mark.parametrize(
    ("binding", "subject", "found"),
    [
        (PLAIN, {"kind": "User", "name": "eve"}, "User eve by b"),
        (PLAIN, {"kind": "ServiceAccount", "namespace": "kube-system", "name": "addon"}, "ServiceAccount kube-system/addon by b"),
        (PLAIN, {"kind": "Group", "name": "system:authenticated"}, "Group system:authenticated by b"),
        (OWN, {"kind": "Group", "name": "system:unauthenticated"}, "Group system:unauthenticated by b"),
        (OWN, {"kind": "User", "name": "eve"}, "User eve by b"),
        (PLAIN, {"kind": "Group", "name": "system:masters"}, "no other reader"),
        (OWN, {"kind": "User", "name": "system:kube-scheduler"}, "no other reader"),
        (OWN, {"kind": "ServiceAccount", "namespace": "kube-system", "name": "controller"}, "no other reader"),
    ],
)
@pytest.mark.parametrize("kind", ["ClusterRoleBinding", "RoleBinding"])
def test_whoever_is_neither_administrator_nor_kubernetes_is_named(
    kind: str, binding: dict[str, Any], subject: dict[str, str], found: str
) -> None:
    assert READS(bound(kind, binding, subject)) == (found.startswith("no "), found)


def test_a_role_that_nobody_has_is_no_finding() -> None:
    assert READS(bound("ClusterRoleBinding", PLAIN)) == (True, "no other reader")
