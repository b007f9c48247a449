"""What deployer and watcher may really do, asked of the API server, beside what is declared. One right more is a disagreement."""

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

ACCOUNTS = (access.ACCOUNT, access.WATCHER)
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
    """Compare for both accounts, in their own and in other namespaces; return how many rights were compared, and the disagreements."""
    counted, found = 0, []
    known = {account: declared(root, account) for account in ACCOUNTS}
    namespaces = {"default", "kube-system", access.NAMESPACE, *(name for namespaced, _ in known.values() for name in namespaced)}
    for account, (namespaced, everywhere) in known.items():
        for namespace in sorted(namespaces):
            wanted = namespaced.get(namespace, frozenset()) | everywhere | _EVERYBODYS
            granted = live(server, namespace, account)
            counted += len(wanted | granted)
            found += [
                Disagreement(
                    f"{user(account)} in {namespace}",
                    "",
                    f"{' '.join(filter(None, right))} is {'granted' if right in granted else 'declared'} only",
                )
                for right in sorted(wanted ^ granted)
            ]
    return counted, found


def user(account: str) -> str:
    """What the API server calls an account."""
    return f"system:serviceaccount:{access.NAMESPACE}:{account}"


def declared(root: Path, account: str) -> tuple[dict[str, frozenset[Right]], frozenset[Right]]:
    """What cluster/access and cluster/monitoring give an account: the rights in each namespace, and those of the whole cluster."""
    files = access.manifests(root)
    objects = [each for path in files for each in yaml.safe_load_all(path.read_text("utf-8"))]
    roles = {_key(each): rights(each["rules"]) for each in objects if each["kind"] in {"Role", "ClusterRole"}}
    namespaced: dict[str, frozenset[Right]] = {}
    everywhere: frozenset[Right] = frozenset()
    for each in objects:
        if not each["kind"].endswith("Binding") or not _names(each, account):
            continue
        home = each["metadata"].get("namespace", "")
        given = roles[each["roleRef"]["kind"], home if each["roleRef"]["kind"] == "Role" else "", each["roleRef"]["name"]]
        if home:
            namespaced[home] = namespaced.get(home, frozenset()) | given
        else:
            everywhere |= given
    return namespaced, everywhere


def _key(role: Mapping[str, Any]) -> tuple[str, str, str]:
    return role["kind"], role["metadata"].get("namespace", ""), role["metadata"]["name"]


def _names(binding: Mapping[str, Any], account: str) -> bool:
    return any((each["name"], each.get("namespace")) == (account, access.NAMESPACE) for each in binding["subjects"])


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


def live(server: Api, namespace: str, account: str) -> frozenset[Right]:
    """What the API server says that an account may do in a namespace. Raises `ClusterError` when it does not know it all."""
    wanted = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace}}
    reply = server.send("POST", _REVIEW, wanted, user=user(account))
    if reply.code != requests.codes.created or reply.body["status"]["incomplete"]:
        raise ClusterError(f"the {account}'s rights cannot be read: {reply.message or 'the answer is incomplete'}", fix="nox -s cluster")
    return rights(reply.body["status"]["resourceRules"])
