"""Who may do what: the roles of the cluster, seen from the power that they give."""

from __future__ import annotations

from typing import Any

from pipeline.harden.checks import Check, none
from pipeline.harden.facts import Facts

_BUILT_IN = "kubernetes.io/bootstrapping"
_ADMINISTRATORS = {("Group", "system:masters"), ("Group", "kubeadm:cluster-admins")}
# Everybody, or anybody: groups that stand for no one in particular.
_BROAD = {"system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts"}
_PUBLIC = {"system:public-info-viewer"}


def nobody_else(what: str, verbs: set[str], group: str, resource: str) -> Check:
    """Nobody but administrators and Kubernetes' own parts may do one of `verbs` to the resource, in any namespace."""

    def find(facts: Facts) -> list[str]:
        roles = {_key(role): role for kind in ("ClusterRole", "Role") for role in facts.of(kind)}
        found = []
        for binding in bindings(facts):
            role = roles.get(_role_of(binding))
            if role and any(gives(rule, verbs, group, resource) for rule in role.get("rules") or []):
                found += [f"{name} by {binding['metadata']['name']}" for name in _strangers(binding)]
        return sorted(set(found))

    return none(what, find)


def bindings(facts: Facts) -> list[dict[str, Any]]:
    """Bindings of every kind."""
    return [*facts.of("ClusterRoleBinding"), *facts.of("RoleBinding")]


def gives(rule: dict[str, Any], verbs: set[str], group: str, resource: str) -> bool:
    """Whether a rule gives one of the verbs on the resource, by name or by a star. `*/sub` stars a subresource."""
    parts = resource.partition("/")
    names = {resource, "*", f"*/{parts[2]}"} if parts[1] else {resource, "*"}
    return bool(
        {*rule.get("verbs", [])} & {*verbs, "*"} and {*rule.get("apiGroups", [])} & {group, "*"} and {*rule.get("resources", [])} & names
    )


def administrators(facts: Facts) -> list[str]:
    """Subjects of cluster-admin beyond the groups that the cluster comes with."""
    return [
        f"{subject['kind']} {subject['name']} by {binding['metadata']['name']}"
        for binding in bindings(facts)
        if binding["roleRef"]["name"] == "cluster-admin"
        for subject in binding.get("subjects") or []
        if (subject["kind"], subject["name"]) not in _ADMINISTRATORS
    ]


def wildcards(facts: Facts) -> list[str]:
    """Roles with a star that are not Kubernetes' own."""
    return [
        f"{role['kind']} {role['metadata']['name']}"
        for role in [*facts.of("ClusterRole"), *facts.of("Role")]
        if not _built_in(role)
        and any("*" in {*rule.get("verbs", []), *rule.get("resources", []), *rule.get("apiGroups", [])} for rule in role.get("rules") or [])
    ]


def strangers_welcome(facts: Facts) -> list[str]:
    """Bindings to requests without a credential, beyond the role that answers with health and version."""
    return [
        f"{subject['name']} by {binding['metadata']['name']}"
        for binding in bindings(facts)
        for subject in binding.get("subjects") or []
        if subject["name"] in {"system:unauthenticated", "system:anonymous"} and binding["roleRef"]["name"] not in _PUBLIC
    ]


def _strangers(binding: dict[str, Any]) -> list[str]:
    """Subjects that are neither administrators nor, in a binding of Kubernetes' own, its own parts."""
    found = []
    for subject in binding.get("subjects") or []:
        kind, name, space = subject["kind"], subject["name"], subject.get("namespace", "")
        own = (kind == "ServiceAccount" and space == "kube-system") or (name.startswith("system:") and name not in _BROAD)
        if (kind, name) not in _ADMINISTRATORS and not (own and (_built_in(binding) or name.startswith("system:"))):
            found.append(f"{kind} {space}/{name}" if space else f"{kind} {name}")
    return found


def _built_in(item: dict[str, Any]) -> bool:
    return bool(item["metadata"].get("labels", {}).get(_BUILT_IN) == "rbac-defaults")


def _key(role: dict[str, Any]) -> tuple[str, str, str]:
    return role["kind"], role["metadata"].get("namespace", ""), role["metadata"]["name"]


def _role_of(binding: dict[str, Any]) -> tuple[str, str, str]:
    kind = binding["roleRef"]["kind"]
    return kind, binding["metadata"].get("namespace", "") if kind == "Role" else "", binding["roleRef"]["name"]
