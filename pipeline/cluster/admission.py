"""Admission: the policies that the table of rules makes, in the cluster, as declared and in force.

What they cannot protect is themselves: Kubernetes asks no policy about policies, so that nobody locks himself out. RBAC does that: nobody
but the administrator may write one.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline import kubectl
from pipeline.cluster import api, policies
from pipeline.cluster.api import Api
from pipeline.errors import ClusterError
from pipeline.workspace import Workspace

NAME = "portcullis"
LABEL = "portcullis.local/admission"
_NAMESPACE = "kubernetes.io/metadata.name"
_KINDS = "validatingadmissionpolicies,validatingadmissionpolicybindings"
_EFFECTIVE_SECONDS = 60.0


def declared(place: Workspace, exempt: str = "") -> list[dict[str, Any]]:
    """Every policy and binding that the cluster is meant to have. `exempt` names the one namespace that they leave out."""
    source = policies.source(place, place.settings)
    source = replace(source, revision=f"{source.revision} without {exempt}") if exempt else source
    left = {"matchExpressions": [{"key": _NAMESPACE, "operator": "NotIn", "values": [exempt]}]} if exempt else None
    made: list[dict[str, Any]] = []
    for name, asked in policies.groups(source.table).items():
        full = f"{NAME}-{name}"
        made += [policies.policy(full, asked, source), policies.binding(full, full, "Deny", left)]
    return labelled(made, NAME)


def labelled(objects: list[dict[str, Any]], owner: str) -> list[dict[str, Any]]:
    """Mark policies and bindings as made here. What is marked and not declared goes, the next time that policies are applied."""
    for each in objects:
        each["metadata"]["labels"] = {LABEL: owner}
    return objects


def apply(place: Workspace, exempt: str = "") -> int:
    """Bring the policies to the cluster as they are declared, whatever is there, and return how many when they are in force.

    Raises `ClusterError` when they are not within a minute.
    """
    wanted = declared(place, exempt)
    present = {(each["kind"], each["metadata"]["name"]): each for each in kubectl.get(place, _KINDS, "--selector", LABEL)}
    before = {name for each in present.values() for name in left_out(each)}
    names = {(each["kind"], each["metadata"]["name"]) for each in wanted}
    if gone := [f"{kind}/{name}" for kind, name in sorted(set(present) - names, reverse=True)]:  # bindings before their policies
        kubectl.run(place, "delete", "--wait=false", *gone)
    # Replaced, not merged: a condition that somebody added would outlive a merge.
    for verb, chosen in (("create", names - set(present)), ("replace", names & set(present))):
        if objects := [each for each in wanted if (each["kind"], each["metadata"]["name"]) in chosen]:
            put(place, verb, objects)
    revision = str(wanted[0]["spec"]["validations"][0]["message"]).rpartition("[")[2]
    with api.connect(place) as server:
        _settle(server, revision, refused=before - {exempt}, admitted={exempt} - {""})
    return len(wanted) // 2


def left_out(binding: Mapping[str, Any]) -> list[str]:
    """The namespaces that a binding leaves out."""
    selector = binding["spec"].get("matchResources", {}).get("namespaceSelector", {})
    return [name for each in selector.get("matchExpressions", []) if each["key"] == _NAMESPACE for name in each["values"]]


def put(place: Workspace, verb: str, objects: Sequence[Mapping[str, Any]]) -> None:
    """Create or replace objects, in one call."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        # Document by document: for a list of them, kubectl would ask for a schema that the server has late after a start.
        file.write("\n---\n".join(json.dumps(each) for each in objects))
        file.flush()
        kubectl.run(place, verb, "--filename", Path(file.name))


def _settle(server: Api, revision: str, *, refused: set[str], admitted: set[str]) -> None:
    """Wait until this revision refuses a namespace without profile (but the exempt one), a pod of no release, and a connection to a pod."""
    deadline = time.monotonic() + _EFFECTIVE_SECONDS
    while waiting := [
        *(name for name in sorted({"portcullis-probe", *refused}) if revision not in _namespace(server, name)),
        *(name for name in sorted(admitted) if "ValidatingAdmissionPolicy" in _namespace(server, name)),
        *([] if revision in _pod(server) else ["a pod without a release's image"]),
        *([] if revision in _connection(server) else ["a connection to a pod"]),
    ]:
        if time.monotonic() > deadline:
            raise ClusterError(f"admission is not in force for {waiting[0]}", fix="nox -s cluster")
        time.sleep(0.2)


def _namespace(server: Api, name: str) -> str:
    """Why a namespace of any profile would be refused."""
    loose = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    return server.send("POST", "/api/v1/namespaces", loose, api.DRY_RUN).message


def _connection(server: Api) -> str:
    """Why nobody could start a program in a pod. There is none of that name: admission is asked before the pod is looked for."""
    return server.send(
        "POST", "/api/v1/namespaces/kube-system/pods/portcullis-probe/exec", parameters={"command": "true", "stdout": "1"}
    ).message


def _pod(server: Api) -> str:
    """Why a Deployment of anything would be refused."""
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "probe", "image": "elsewhere.example/probe"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    loose = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "probe", "namespace": "default"}, "spec": spec}
    return server.send("POST", "/apis/apps/v1/namespaces/default/deployments", loose, api.DRY_RUN).message
