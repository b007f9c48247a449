"""The bench on which objects are judged: a throw-away namespace, and copies of the policies that warn instead of refusing.

A policy that refuses names one rule; one that warns names every rule. For the time of the test the policies in force leave this one
namespace out, or Pod Security would keep pods from the copies; then they are brought back, whatever happened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import requests

from pipeline.cluster import admission, policies
from pipeline.cluster.api import Api
from pipeline.cluster.policies import Source
from pipeline.differential import objects, violations, voices
from pipeline.differential.corpus import Case
from pipeline.differential.objects import NAMESPACE, Content
from pipeline.errors import ClusterError
from pipeline.rules import Rule
from pipeline.workspace import Workspace

_AGAIN = "nox -s differential"
_SECONDS = 90.0
_OWNER = "differential"
_POLICIES = "/apis/admissionregistration.k8s.io/v1"
_PROOF = "portcullis.local/proof"
_HOME = f"/api/v1/namespaces/{NAMESPACE}"
# A Namespace is selected by its own labels, not by those of where it lies.
_SELECTED = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": [NAMESPACE, objects.OTHER]}]}


@dataclass(frozen=True)
class Bench:
    """A bench that is ready: the session, the clone as it is `judged`, where policies come from, and the pod that lives."""

    server: Api
    place: Workspace
    source: Source
    living: Content

    @property
    def under_test(self) -> dict[str, str]:
        """The copies of the policies in force, by group."""
        return {name: f"differential-{name}" for name in policies.groups(self.source.table)}


def mutant(rule: Rule) -> str:
    """Name of the policy without this rule."""
    return f"proof-{rule.id}"


def marked(rule: Rule, case: Case) -> Case:
    """The object as it has to be for the policy without this rule to be asked."""
    return violations.labelled(case, {_PROOF: rule.id})


def judged(place: Workspace) -> Workspace:
    """The clone as the judges are told of it: with a node port that is free, the service has its own."""
    return replace(place, settings=replace(place.settings, node_port=place.settings.node_port + 1))


@contextmanager
def ready(place: Workspace, server: Api) -> Iterator[Bench]:
    """A bench for the time of the block. Raises `ClusterError` when it cannot be set up."""
    here = judged(place)
    source = replace(policies.source(here, here.settings), revision="")
    try:
        admission.apply(place, exempt=NAMESPACE)
        living = _furnish(server)
        bench = Bench(server, here, source, living)
        admission.put(place, "create", _policies(bench))
        _wait(bench)
        yield bench
    finally:
        server.send("DELETE", _HOME)
        for kind in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
            server.send("DELETE", f"{_POLICIES}/{kind}", None, {"labelSelector": f"{admission.LABEL}={_OWNER}"})
        admission.apply(place)  # which would take away a copy that is left, too: none is declared


def _furnish(server: Api) -> Content:
    """Make the namespace, its account and the pod that lives, anew if they are left from a run that was cut off; return the pod."""
    labels = {"pod-security.kubernetes.io/enforce": "privileged", "pod-security.kubernetes.io/warn": "restricted"}
    home = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "hash"}, "automountServiceAccountToken": False}
    server.send("DELETE", _HOME)
    _until(lambda: server.send("GET", _HOME).code == requests.codes.not_found, "the namespace of an earlier run does not go")
    _made(server, "/api/v1/namespaces", home)
    _made(server, f"{_HOME}/serviceaccounts", account)
    _until(lambda: server.send("GET", f"{_HOME}/serviceaccounts/default").code == requests.codes.ok, "the namespace has no default account")
    living = violations.labelled(Case("", objects.living_pod()), {_PROOF: "ephemeral-container"})
    made = _made(server, f"{_HOME}/pods", living.content)
    return {"apiVersion": "v1", "kind": "Pod", **made}


def _made(server: Api, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
    reply = server.send("POST", path, content)
    if reply.code != requests.codes.created:
        raise ClusterError(f"the bench cannot be set up: {reply.message}", fix=_AGAIN)
    return dict(reply.body)


def _policies(bench: Bench) -> list[dict[str, Any]]:
    """A copy of every policy, and one more without each rule; all warn."""
    made = []
    for group, asked in policies.groups(bench.source.table).items():
        name = bench.under_test[group]
        made += [_asking(policies.policy(name, asked, bench.source)), policies.binding(name, name, "Warn", _SELECTED)]
        for rule in asked:
            without = [replace(each, cel="true") if each == rule else each for each in asked]
            # What a connection is asked with has no labels to be chosen by; it has one rule, and so one policy without it.
            chosen = {"matchLabels": {_PROOF: rule.id}} if rule.on != "connection" else {}
            made += [
                _asking(policies.policy(mutant(rule), without, bench.source)),
                policies.binding(mutant(rule), mutant(rule), "Warn", _SELECTED, chosen),
            ]
    return admission.labelled(made, _OWNER)


def _asking(policy: dict[str, Any]) -> dict[str, Any]:
    """The same policy, which also says that it was asked."""
    policy["spec"]["validations"].append({"expression": "false", "message": voices.MARK})
    return policy


def _wait(bench: Bench) -> None:
    """Wait until every policy, also those without a rule, says that it is asked."""
    table = bench.source.table
    broken = violations.of(bench.living)
    waiting = {rule.id: marked(rule, broken[rule.id]) for rule in table.admitted if rule.id in broken}

    def all_asked() -> bool:
        answers = voices.of_server(bench.server, waiting.values())
        for rule, heard in zip(list(waiting), answers, strict=True):
            if {mutant(table.rules[rule]), bench.under_test[policies.group(table.rules[rule])]} <= set(heard.said):
                del waiting[rule]
        return not waiting

    _until(all_asked, "the policies under test are not in force")


def _until(done: Callable[[], bool], words: str) -> None:
    deadline = time.monotonic() + _SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise ClusterError(words, fix=_AGAIN)
        time.sleep(0.3)
