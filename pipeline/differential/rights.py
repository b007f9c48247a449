"""What the deployer may really do, asked of the API server, beside what cluster/access declares. One right more is a disagreement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import requests
import yaml

from pipeline.cluster import access
from pipeline.cluster.api import Api
from pipeline.differential.verdicts import Disagreement
from pipeline.errors import ClusterError

Right = tuple[str, str, str, str]
"""Group, resource, verb, and the one name that it is for, empty when it is for all."""

USER = f"system:serviceaccount:{access.NAMESPACE}:{access.ACCOUNT}"
_REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
# Whoever is known may ask what he is and may do (the default role system:basic-user).
_EVERYBODYS = frozenset(
    {
        ("authentication.k8s.io", "selfsubjectreviews", "create", ""),
        ("authorization.k8s.io", "selfsubjectaccessreviews", "create", ""),
        ("authorization.k8s.io", "selfsubjectrulesreviews", "create", ""),
    }
)


def compare(server: Api, root: Path) -> tuple[int, list[Disagreement]]:
    """Compare in the service's namespace and in others; return how many rights were compared, and the disagreements."""
    counted, found = 0, []
    namespaced, everywhere = declared(root)
    for namespace in sorted({*namespaced, "default", "kube-system", access.NAMESPACE}):
        wanted = namespaced.get(namespace, frozenset()) | everywhere | _EVERYBODYS
        granted = live(server, namespace)
        counted += len(wanted | granted)
        found += [
            Disagreement(
                f"{USER} in {namespace}", "", f"{' '.join(filter(None, right))} is {'granted' if right in granted else 'declared'} only"
            )
            for right in sorted(wanted ^ granted)
        ]
    return counted, found


def declared(root: Path) -> tuple[dict[str, frozenset[Right]], frozenset[Right]]:
    """The rights in cluster/access: those of each namespace, and those of the whole cluster."""
    files = sorted((root / "cluster" / "access").glob("*.yaml"))
    objects = [each for path in files for each in yaml.safe_load_all(path.read_text("utf-8"))]
    namespaced = {each["metadata"]["namespace"]: rights(each["rules"]) for each in objects if each["kind"] == "Role"}
    everywhere = [right for each in objects if each["kind"] == "ClusterRole" for right in rights(each["rules"])]
    return namespaced, frozenset(everywhere)


def rights(rules: Iterable[Mapping[str, Any]]) -> frozenset[Right]:
    """Every single right in rules, as roles and reviews write them."""
    return frozenset(
        (group, resource, verb, name)
        for rule in rules
        for group in rule.get("apiGroups", [])
        for resource in rule.get("resources", [])
        for verb in rule["verbs"]
        for name in rule.get("resourceNames") or [""]
    )


def live(server: Api, namespace: str) -> frozenset[Right]:
    """What the API server says that the deployer may do in a namespace. Raises `ClusterError` when it does not know it all."""
    wanted = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace}}
    reply = server.send("POST", _REVIEW, wanted, user=USER)
    if reply.code != requests.codes.created or reply.body["status"]["incomplete"]:
        raise ClusterError(f"the deployer's rights cannot be read: {reply.message or 'the answer is incomplete'}", fix="nox -s cluster")
    return rights(reply.body["status"]["resourceRules"])
