"""Writes ValidatingAdmissionPolicies: the rules of policies/rules.toml in the words of the API. Nothing here touches a cluster."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import rules, store
from pipeline.cluster import images
from pipeline.rules import Rule, Table
from pipeline.settings import Settings
from pipeline.workspace import Workspace

_API = "admissionregistration.k8s.io/v1"
# Group, version and resource of every kind that a rule is asked about.
KINDS: Mapping[str, tuple[str, str, str]] = {
    "CronJob": ("batch", "v1", "cronjobs"),
    "DaemonSet": ("apps", "v1", "daemonsets"),
    "Deployment": ("apps", "v1", "deployments"),
    "Job": ("batch", "v1", "jobs"),
    "Pod": ("", "v1", "pods"),
    "ReplicaSet": ("apps", "v1", "replicasets"),
    "ReplicationController": ("", "v1", "replicationcontrollers"),
    "StatefulSet": ("apps", "v1", "statefulsets"),
    "ClusterRole": ("rbac.authorization.k8s.io", "v1", "clusterroles"),
    "ClusterRoleBinding": ("rbac.authorization.k8s.io", "v1", "clusterrolebindings"),
    "HorizontalPodAutoscaler": ("autoscaling", "v2", "horizontalpodautoscalers"),
    "Ingress": ("networking.k8s.io", "v1", "ingresses"),
    "Namespace": ("", "v1", "namespaces"),
    "NetworkPolicy": ("networking.k8s.io", "v1", "networkpolicies"),
    "Role": ("rbac.authorization.k8s.io", "v1", "roles"),
    "RoleBinding": ("rbac.authorization.k8s.io", "v1", "rolebindings"),
    "Secret": ("", "v1", "secrets"),
    "Service": ("", "v1", "services"),
}
PODS = "pods"
WITH_PODS = ("CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "ReplicationController", "StatefulSet")
_CONNECTIONS = ("nodes/proxy", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "services/proxy")
_VARIABLE = re.compile(r"variables\.(\w+)")

# How a rule's `c` and `pod` come to mean something: CEL has no names but those that a macro binds.
_ASKED = {
    "container": "[variables.pod].all(pod, variables.containers.all(c, {}))",
    "pod": "[variables.pod].all(pod, {})",
}
_OFFERED = {
    # The one list that the API shows as null when there is none.
    "rules": "object.?rules.orValue(null) == null ? [] : object.rules",
    "pod": "object.kind == 'Pod' ? object.spec : "
    "object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.spec : object.spec.template.spec",
    "labels": "(object.kind == 'Pod' ? object : object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template : object.spec.template)"
    ".?metadata.?labels.orValue({})",
    "containers": "variables.pod.containers + variables.pod.?initContainers.orValue([]) + variables.pod.?ephemeralContainers.orValue([])",
}
# The kubelet shows the API what it runs from its own files: these pods run already, and NodeRestriction lets a node show only its own.
_STATIC = (
    "!(request.namespace == 'kube-system' && request.userInfo.username.startsWith('system:node:')"
    " && 'kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({}))"
)
# What is on its way out may lose its finalizers, whatever the rules of its day were.
_LEAVING = "!(request.operation == 'UPDATE' && has(object.metadata.deletionTimestamp) && object.spec == oldObject.spec)"


@dataclass(frozen=True)
class Source:
    """What policies are made from."""

    table: Table
    values: Mapping[str, Any]
    """What rules may refer to: the table's own values, and the settings that are rules too."""
    images: Mapping[str, str]
    """The image of each part of the cluster, by the part's name."""
    revision: str = ""
    """Stands for all of this: what a refusal names, so that people and tests see which rules were in force."""


def source(place: Workspace, settings: Settings) -> Source:
    """Return what the policies of this tree are made from, with these settings."""
    table = rules.load(place.root)
    replicas = [settings.replicas_min, settings.replicas_max]
    values = {**table.values, "registry": settings.registry, "node_port": settings.node_port, "replicas": replicas}
    known = [*images.of_kubernetes(place), *images.of_addons(place), *images.of_monitoring(place)]
    references = {each.reference.rpartition("/")[2].rpartition(":")[0]: each.reference for each in known}
    return Source(table, values, references, f"rules {store.key_of([table.raw, values, references])[:8]}")


def groups(table: Table) -> dict[str, tuple[Rule, ...]]:
    """The rules of admission by the policy that asks them."""
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in table.admitted:
        found[group(rule)].append(rule)
    return {name: tuple(group) for name, group in found.items()}


def group(rule: Rule) -> str:
    """Name of the policy that asks a rule: what it is about."""
    if isinstance(rule.on, tuple):
        return "-".join(KINDS[kind][2] for kind in rule.on)
    return "connections" if rule.on == "connection" else PODS


def policy(name: str, asked: Sequence[Rule], source: Source) -> dict[str, Any]:
    """Return the policy that asks these rules, which are all of one group.

    With a revision it tells what to do and which rules were in force; without, it names the rule and no more.
    """
    allowed = _allowances(asked, source)
    excused = {rule for may in allowed.values() for rule in may}
    validations = []
    for rule in asked:
        # On one line: a message that quotes it has to fit into a header.
        cel = " ".join(rule.cel.split())
        expression = _ASKED.get(rule.on, "{}").format(cel) if isinstance(rule.on, str) else cel
        expression = f"'{rule.id}' in variables.allowed || ({expression})" if rule.id in excused else expression
        validations.append({"expression": expression, "message": _message(rule, source)})
    terms = [f"({condition} ? {json.dumps(sorted(may))} : [])" for condition, may in allowed.items()]
    offered = {key: json.dumps(value) for key, value in source.values.items()} | _OFFERED | {"allowed": " + ".join(terms)}
    used = _used([each["expression"] for each in validations], offered)
    return {
        "apiVersion": _API,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": _matched(asked[0])},
            "matchConditions": _conditions(asked[0]),
            "variables": [{"name": key, "expression": offered[key]} for key in used],
            "validations": validations,
        },
    }


def _message(rule: Rule, source: Source) -> str:
    return f"{rule.id}: {rule.fix} [{source.revision}]" if source.revision else rule.id


def _allowances(asked: Sequence[Rule], source: Source) -> dict[str, set[str]]:
    """The conditions under which an object may break rules, each with the rules."""
    mine = {rule.id for rule in asked}
    found: dict[str, set[str]] = {}
    for part in source.table.parts if group(asked[0]) == PODS else ():
        condition = (
            f"request.namespace == '{part.namespace}' && variables.pod.?serviceAccountName.orValue('') == '{part.name}'"
            f" && variables.containers.all(c, c.?image.orValue('') == '{source.images[part.name]}')"
        )
        found[condition] = mine & set(part.may)
    for each in source.table.written:
        if set(each.on) & set(_kinds(asked[0])):
            found[f"object.kind in {json.dumps(each.on)} && {' '.join(each.cel.split())}"] = mine & set(each.may)
    return {condition: may for condition, may in found.items() if may}


def _kinds(rule: Rule) -> tuple[str, ...]:
    """The kinds of objects that a rule is asked about."""
    if isinstance(rule.on, tuple):
        return rule.on
    return ("NodeProxyOptions",) if rule.on == "connection" else WITH_PODS


def _used(expressions: Iterable[str], offered: Mapping[str, str]) -> list[str]:
    """The variables that the expressions need, in an order in which each is there before it is used."""
    found: list[str] = []
    for expression in expressions:
        for name in _VARIABLE.findall(expression):
            found += [each for each in [*_used([offered[name]], offered), name] if each not in found]
    return found


def _matched(rule: Rule) -> list[dict[str, Any]]:
    if rule.on == "connection":
        return [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CONNECT"], "resources": [*_CONNECTIONS]}]
    kinds = rule.on if isinstance(rule.on, tuple) else WITH_PODS
    by_group: dict[tuple[str, str], list[str]] = defaultdict(list)
    for kind in kinds:
        group, version, resource = KINDS[kind]
        by_group[group, version] += [resource, "pods/ephemeralcontainers"] if kind == "Pod" else [resource]
    return [
        {"apiGroups": [group], "apiVersions": [version], "operations": ["CREATE", "UPDATE"], "resources": resources}
        for (group, version), resources in by_group.items()
    ]


def _conditions(rule: Rule) -> list[dict[str, str]]:
    if rule.on not in _ASKED:
        return []
    return [{"name": "not-static", "expression": _STATIC}, {"name": "not-leaving", "expression": _LEAVING}]


def binding(
    name: str, of: str, action: str, namespaces: Mapping[str, Any] | None = None, objects: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what puts policy `of` in force, for everything or for what the selectors choose; what has no namespace is always chosen."""
    selectors = {"namespaceSelector": namespaces, "objectSelector": objects}
    spec: dict[str, Any] = {"policyName": of, "validationActions": [action]}
    if chosen := {key: selector for key, selector in selectors.items() if selector}:
        spec["matchResources"] = chosen
    return {"apiVersion": _API, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name}, "spec": spec}
