"""What the deployer may do is what Terraform does with the objects of the overlay, and not one verb more."""

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline import workspace
from pipeline.cluster import access, api
from pipeline.errors import ClusterError
from pipeline.workspace import ROOT

PLACE = workspace.locate()
OBJECTS = [each for path in sorted((ROOT / "cluster" / "access").glob("*.yaml")) for each in yaml.safe_load_all(path.read_text())]
# Each kind's resource, for what the overlays for this machine hold.
RESOURCES = {
    "Deployment": ("apps", "deployments"),
    "HorizontalPodAutoscaler": ("autoscaling", "horizontalpodautoscalers"),
    "LimitRange": ("", "limitranges"),
    "NetworkPolicy": ("networking.k8s.io", "networkpolicies"),
    "PodDisruptionBudget": ("policy", "poddisruptionbudgets"),
    "ResourceQuota": ("", "resourcequotas"),
    "Service": ("", "services"),
    "ServiceAccount": ("", "serviceaccounts"),
}


def of_kind(kind: str) -> dict[str, Any]:
    (found,) = [each for each in OBJECTS if each["kind"] == kind]
    return dict(found)


def granted(role: dict[str, Any]) -> set[tuple[str, ...]]:
    """Every (group, resource, verb, name) that a role grants."""
    return {
        (group, resource, verb, name)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for name in rule.get("resourceNames", [""])
    }


def test_the_namespaced_rights_are_four_verbs_on_the_kinds_of_the_overlay() -> None:
    folders = (ROOT / "terraform" / "manifests" / "base", ROOT / "terraform" / "manifests" / "overlays" / "local")
    files = [path for folder in folders for path in folder.glob("*.yaml") if path.name != "kustomization.yaml"]
    kinds = {each["kind"] for path in files for each in yaml.safe_load_all(path.read_text())} - {"Namespace"}
    assert kinds == set(RESOURCES)
    assert granted(of_kind("Role")) == {(*RESOURCES[kind], verb, "") for kind in kinds for verb in ("create", "delete", "get", "patch")}


@pytest.mark.parametrize("verb", ["update", "list", "watch", "deletecollection", "escalate", "bind", "impersonate", "*"])
def test_a_verb_more_would_be_noticed(verb: str) -> None:
    role = of_kind("Role")
    role["rules"] = [*role["rules"], {"apiGroups": [""], "resources": ["services"], "verbs": [verb]}]
    assert granted(role) != granted(of_kind("Role"))


def test_of_namespaces_it_has_the_one() -> None:
    assert granted(of_kind("ClusterRole")) == {("", "namespaces", verb, "hash") for verb in ("delete", "get", "patch")}


def test_both_roles_are_bound_to_the_account_alone_and_the_account_hands_out_no_token() -> None:
    for kind, role in (("RoleBinding", "Role"), ("ClusterRoleBinding", "ClusterRole")):
        binding = of_kind(kind)
        assert binding["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": "deployer"}
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": access.ACCOUNT, "namespace": access.NAMESPACE}]
    accounts = {(each["metadata"]["namespace"], each["metadata"]["name"]): each for each in OBJECTS if each["kind"] == "ServiceAccount"}
    assert set(accounts) == {("delivery", "deployer"), ("delivery", "default"), ("hash", "default")}
    assert [each["automountServiceAccountToken"] for each in accounts.values()] == [False] * 3
    assert of_kind("Role")["metadata"]["namespace"] == yaml.safe_load(access.namespace_file(PLACE).read_text())["metadata"]["name"]


class Server:
    """Answers a request for a token."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.asked: list[tuple[object, ...]] = []

    def send(self, *words: object) -> api.Reply:
        """Note what was asked, and answer with a token or a refusal."""
        self.asked.append(words)
        return api.Reply(self.code, {"status": {"token": "planted-token"}, "message": "no"}, ())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[workspace.Workspace, Server]:
    (tmp_path / "ca.crt").write_text("authority")
    server = Server(201)

    @contextmanager
    def connect(_place: workspace.Workspace) -> Iterator[Server]:
        yield server

    known = api.Credentials("https://127.0.0.1:1", tmp_path / "ca.crt", tmp_path / "c", tmp_path / "k")
    monkeypatch.setattr(api, "credentials", lambda _place: known)
    monkeypatch.setattr(api, "connect", connect)
    return replace(PLACE, state=tmp_path), server


def test_the_credential_is_its_owners_alone_lasts_an_hour_and_goes_with_the_block(place: tuple[workspace.Workspace, Server]) -> None:
    where, server = place
    with access.kubeconfig(where) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        content = json.loads(path.read_text())
        assert content["users"] == [{"name": "deployer", "user": {"token": "planted-token"}}]
        assert [each["name"] for each in content["contexts"]] == [where.name]
    assert not path.exists()
    ((method, url, wanted),) = server.asked
    assert (method, url) == ("POST", "/api/v1/namespaces/delivery/serviceaccounts/deployer/token")
    assert isinstance(wanted, dict)
    assert wanted["spec"] == {"expirationSeconds": 3600}


def test_the_credential_is_gone_after_a_failure_too(place: tuple[workspace.Workspace, Server]) -> None:
    with pytest.raises(RuntimeError), access.kubeconfig(place[0]) as path:
        raise RuntimeError
    assert not path.exists()


def test_a_cluster_that_gives_no_token_is_an_error_of_one_line(place: tuple[workspace.Workspace, Server]) -> None:
    where, server = place
    server.code = 404
    with pytest.raises(ClusterError, match="the deployer gets no token: no"), access.kubeconfig(where):
        pass
