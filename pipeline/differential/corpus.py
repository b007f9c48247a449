"""The objects that are judged: good ones of every kind, each with one thing changed, and some with several. They are sent as dry runs."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline.differential.changes import OF_CONTAINER, OF_DEPLOYMENT, Change, changed, every_change, with_change
from pipeline.differential.objects import (
    WITH_PODS,
    Content,
    autoscaler,
    container,
    ingress,
    namespace,
    network_policy,
    other,
    pod,
    role,
    role_binding,
    service,
    token_secret,
    with_pod,
)

GENERATED: Final = 300
_ENFORCE = "pod-security.kubernetes.io/enforce"
_EMPTY: Final[tuple[Any, ...]] = ([], None)
_TLS: Final[tuple[Any, ...]] = (None, [], [{}], [{"hosts": []}], [{"hosts": ["b.example.com"]}])


@dataclass(frozen=True)
class Case:
    """One object, in words what is special about it."""

    name: str
    content: Content


def _others(node_port: int) -> Iterator[Content]:
    """Objects of every other kind that admission asks about."""
    for kind in ("Role", "ClusterRole"):
        yield from (
            role(kind),
            role(kind, verbs=["*"]),
            role(kind, resources=["*"]),
            role(kind, resources=["pods/*"]),
            role(kind, apiGroups=["*"]),
        )
        yield from (role(kind, verbs=[verb]) for verb in ("bind", "escalate", "impersonate", "create"))
        doors = ("attach", "exec", "portforward", "proxy", "ephemeralcontainers", "log")
        yield from (role(kind, resources=[f"pods/{door}"]) for door in doors)
        yield from (role(kind, resources=[name]) for name in ("nodes/proxy", "services/proxy", "serviceaccounts/token", "nodes/metrics"))
        yield from (role(kind, resources=["secrets"], verbs=[verb]) for verb in ("get", "list", "watch", "create"))
        yield from (role(kind, resources=["secrets", "pods"], resourceNames=names) for names in ([], ["one"], None))
        yield from (role(kind) | {"rules": rules} for rules in _EMPTY)
    yield role("ClusterRole", apiGroups=None, resources=None, nonResourceURLs=["/metrics"])
    yield role("ClusterRole", apiGroups=None, resources=None, nonResourceURLs=["/healthz/*"])
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        yield from (role_binding(kind, to) for to in ("hash", "view", "admin", "edit", "cluster-admin"))
        names = ("system:authenticated", "system:masters", "system:serviceaccounts", "system:serviceaccounts:hash", "developers")
        yield from (role_binding(kind, subject={"kind": "Group", "name": name}) for name in names)
        yield from (role_binding(kind, subject={"kind": "User", "name": name}) for name in ("system:anonymous", "somebody"))
        yield from (role_binding(kind) | {"subjects": subjects} for subjects in _EMPTY)
    yield from (service(), service(type="ClusterIP"), service(type="LoadBalancer"), service(type="NodePort"), service(type=None))
    yield from (service(type="ExternalName", externalName="a.example"), service(type="ExternalName", externalName="a.example", ports=None))
    yield from (service(externalIPs=value) for value in (*_EMPTY, ["192.0.2.1"]))
    yield from (service(type="NodePort", ports=[{"port": 80, "nodePort": port}]) for port in (node_port, node_port + 1, 0, None))
    yield from (service(ports=[{"port": 80, "nodePort": port}]) for port in (0, None))
    yield service(type="NodePort", ports=[{"name": "a", "port": 80, "nodePort": node_port}, {"name": "b", "port": 81}])
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        yield from (network_policy(**{direction: value}) for value in _open(peers))
        yield from (network_policy(**{direction: [{peers: [peer]}]}) for peer in _PEERS)
    host = {"host": "a.example.com"}
    yield ingress([host], [{"hosts": ["a.example.com"]}])
    yield from (ingress([host], tls) for tls in _TLS)
    yield from (ingress([rule], [{"hosts": ["a.example.com"]}]) for rule in ({}, {"host": None}, {"host": ""}, {"host": "b.example.com"}))
    yield ingress([host, {"host": "b.example.com"}], [{"hosts": ["a.example.com"]}, {"hosts": ["b.example.com"]}])
    yield from (namespace(labels) for labels in ({}, None, {_ENFORCE: "restricted"}, {_ENFORCE: "baseline"}, {_ENFORCE: "privileged"}))
    yield from (namespace({_ENFORCE: "restricted", f"{_ENFORCE}-version": version}) for version in ("latest", "v1.0", "v1.35"))
    yield from (
        autoscaler(),
        autoscaler(minReplicas=1),
        autoscaler(minReplicas=None),
        autoscaler(maxReplicas=11),
        autoscaler(maxReplicas=9),
    )
    yield from (other("v1", "Secret", type=kind) for kind in (None, "", "Opaque", "example.com/mine"))
    yield token_secret()


_SOME = {"matchLabels": {"a": "b"}}
_PEERS: Final = [
    {"podSelector": {}},
    {"podSelector": _SOME},
    {"namespaceSelector": {}},
    {"namespaceSelector": {"matchLabels": {}}},
    {"namespaceSelector": {"matchExpressions": []}},
    {"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}},
    {"namespaceSelector": _SOME},
    {"namespaceSelector": {}, "podSelector": {}},
    {"namespaceSelector": {}, "podSelector": _SOME},
    {"namespaceSelector": None, "podSelector": {}},
    {"ipBlock": {"cidr": "0.0.0.0/0"}},
    {"ipBlock": {"cidr": "0.0.0.0/0", "except": []}},
    {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}},
    {"ipBlock": {"cidr": "::/0"}},
    {"ipBlock": {"cidr": "10.0.0.0/8"}},
]


def _open(peers: str) -> list[Any]:
    """Rules of a NetworkPolicy that name nobody."""
    return [[], None, [{}], [{peers: []}], [{peers: None}], [{"ports": [{"port": 80}]}]]


def cases(node_port: int) -> list[Case]:
    """The whole corpus; `node_port` is the one that a Service may have."""
    return [*_of_pods(), *(Case(f"{each['kind']} {number}", each) for number, each in enumerate(_others(node_port))), *_generated()]


def _of_pods() -> Iterator[Case]:
    """Every change alone: in a Pod, in a Deployment, and in one of the other kinds in turn."""
    yield from (Case(f"{kind} good", with_pod(kind, pod())) for kind in WITH_PODS)
    for change in every_change("Pod"):
        yield Case(f"Pod {change.name}", changed("Pod", [change]))
    for change in [*every_change("Deployment"), *OF_DEPLOYMENT]:
        yield Case(f"Deployment {change.name}", changed("Deployment", [change]))
    by_kind = {kind: every_change(kind) for kind in WITH_PODS[2:]}
    for number, kind in zip(range(len(every_change("Pod"))), itertools.cycle(by_kind), strict=False):
        change = by_kind[kind][number]
        yield Case(f"{kind} {change.name}", changed(kind, [change]))


def _generated() -> list[Case]:
    """Objects with several changes at once, chosen by hypothesis; the same ones every time, so that a disagreement can be looked into."""
    found: list[Case] = []
    several = {kind: st.lists(st.sampled_from(every_change(kind)), min_size=2, max_size=5) for kind in WITH_PODS}

    @settings(
        max_examples=GENERATED,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(WITH_PODS).flatmap(lambda kind: st.tuples(st.just(kind), several[kind])))
    def collect(chosen: tuple[str, list[Change]]) -> None:
        kind, changes = chosen
        try:
            found.append(Case(f"{kind} {' '.join(change.name for change in changes)}"[:300], changed(kind, changes)))
        except (KeyError, TypeError, IndexError):  # one change took away what another one needs
            found.append(Case(f"{kind} {changes[0].name}", changed(kind, changes[:1])))

    collect()
    return found


def ephemeral(living: Content) -> list[Case]:
    """The pod that lives, with a container that would join it: the only way in which the API takes one."""
    joining = {"name": "joining", **{key: container()[key] for key in ("image", "securityContext")}}
    changes = [Change(("name",), "joining"), *(each for each in OF_CONTAINER if each.path[0] in {"image", "securityContext", "env"})]
    return [
        Case(
            f"ephemeral {change.name}",
            {**living, "spec": {**living["spec"], "ephemeralContainers": [with_change(copy.deepcopy(joining), change)]}},
        )
        for change in changes
    ]
