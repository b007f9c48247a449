"""Who deploys: the identities that Terraform has, what they may do (cluster/access and cluster/monitoring), and a credential for an hour.

The deployer brings releases, the watcher brings what watches them. Neither can touch what is the other's.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
import yaml

from pipeline import kubectl
from pipeline.cluster import api
from pipeline.errors import ClusterError
from pipeline.workspace import Workspace

NAMESPACE, ACCOUNT, WATCHER = "delivery", "deployer", "watcher"
_TOKEN_SECONDS = 3600  # a deployment and the way back take a few minutes each
_KUBECTL_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def apply(place: Workspace) -> None:
    """Bring accounts, rights and what else Terraform may not make to the cluster as they are declared, whatever is there."""
    file = namespace_file(place)
    found = kubectl.get(place, "namespaces", f"--field-selector=metadata.name={namespace(place)}")
    # Terraform takes over what was applied, and only that. Once it has, the namespace is left to it.
    if not found or _KUBECTL_APPLIED not in found[0]["metadata"].get("annotations", {}):
        kubectl.run(place, "apply", "--filename", file)
    kubectl.run(place, "apply", "--filename", place.root / "cluster" / "access")
    # Namespaces first: kubectl takes files in the order of their names.
    kubectl.run(place, "apply", "--filename", place.root / "cluster" / "monitoring" / "namespace.yaml")
    kubectl.run(place, "apply", "--filename", place.root / "cluster" / "monitoring")


def manifests(root: Path) -> list[Path]:
    """The files of what comes with the cluster because Terraform may not make it: accounts, rights, volumes."""
    return sorted(path for folder in ("access", "monitoring") for path in (root / "cluster" / folder).glob("*.yaml"))


def namespace_file(place: Workspace) -> Path:
    """The manifest of the service's namespace, where the deployer's rights are."""
    return place.root / "terraform" / "manifests" / "base" / "namespace.yaml"


def namespace(place: Workspace) -> str:
    """Name of the service's namespace."""
    return str(yaml.safe_load(namespace_file(place).read_text("utf-8"))["metadata"]["name"])


@contextmanager
def kubeconfig(place: Workspace, account: str = ACCOUNT) -> Iterator[Path]:
    """A kubeconfig of one of the accounts with a token of one hour, for the time of the block. It is readable by its owner alone.

    The token is bound to the API server's own audience, and comes over this process's own connection: programs' output is logged.
    Raises `ClusterError` when the cluster gives none.
    """
    path = place.state / f"{account}.kubeconfig"
    known = api.credentials(place)
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": place.name, "cluster": {"server": known.server, "certificate-authority-data": _base64(known.authority)}}],
        "users": [{"name": account, "user": {"token": token(place, NAMESPACE, account, _TOKEN_SECONDS)}}],
        "contexts": [{"name": place.name, "context": {"cluster": place.name, "user": account}}],
    }
    path.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file)
        yield path
    finally:
        path.unlink(missing_ok=True)


def token(place: Workspace, namespace: str, account: str, seconds: int) -> str:
    """A token of an account for so many seconds, asked for where no program logs it. Raises `ClusterError` when there is none."""
    wanted = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": seconds}}
    with api.connect(place) as server:
        reply = server.send("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token", wanted)
    if reply.code != requests.codes.created:
        raise ClusterError(f"the {account} gets no token: {reply.message}", fix="nox -s cluster")
    return str(reply.body["status"]["token"])


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
