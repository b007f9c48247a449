"""An ingress controller where the overlay expects one, for the time of the proof, and questions that go through it.

Its image is pulled from the same registry by digest. It reads what it routes in the service's namespace alone, and runs as restricted as
everything else. A Service with the nodes' addresses stands for a cloud's load balancer: no port of the nodes is opened.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import engine, kubectl
from pipeline.cloud import spec
from pipeline.cloud.certificates import Pair
from pipeline.cloud.spec import Node
from pipeline.errors import ClusterError
from pipeline.workspace import Workspace

NAMESPACE, _SERVICE_NAMESPACE = "ingress-nginx", "hash"
_NAME, _PORT, _SECRET = "ingress", 9443, "hash-tls"
_READY_SECONDS, _PATIENCE_SECONDS = 120.0, 5
_LABELS = {"app.kubernetes.io/name": _NAME, "app.kubernetes.io/part-of": "portcullis", "app.kubernetes.io/managed-by": "cloud-proof"}
_ARGUMENTS = (
    "-kubernetes",
    "-kubernetes-in-cluster",
    "-kubernetes-enable-tls",
    f"-kubernetes-namespace={_SERVICE_NAMESPACE}",
    "-enable-kubernetes-endpointslices",
    "-kubernetes-https-redirect=false",  # it listens with TLS alone
    f"-address=:{_PORT}",
    "-wait-first-route-load",  # no port before the first routes
    "-access-log-disabled",
)


@dataclass(frozen=True)
class Answer:
    """What came back through the Ingress; `status` is 0 when nothing did."""

    status: int
    body: str
    commit: str
    instance: str


def certificate(second: Workspace, pair: Pair) -> None:
    """Put the Ingress' certificate where the overlay expects it. Who deploys may not read Secrets, so it is there before."""
    data = {"tls.crt": _base64(pair.certificate), "tls.key": _base64(pair.key)}
    secret = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": _metadata(_SECRET, _SERVICE_NAMESPACE)}
    kubectl.apply(second, [secret | {"data": data}])


def install(second: Workspace, image: str, nodes: Sequence[Node]) -> None:
    """Bring the controller and wait until it is ready. Raises `ClusterError` when it does not get so."""
    kubectl.apply(second, objects(image, [node.address for node in nodes]))
    deadline = time.monotonic() + _READY_SECONDS
    while not any(_ready(pod) for pod in kubectl.get(second, "--namespace", NAMESPACE, "pods")):
        if time.monotonic() > deadline:
            raise ClusterError("the ingress controller does not get ready", fix="read the stage's log")
        time.sleep(1)


def _ready(pod: dict[str, Any]) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", []))


def ask(second: Workspace, address: str, path: str, host: str = spec.HOST) -> Answer:
    """Ask once, on a new connection, with the name and the certificate that a user would: from a node, so that no port is published."""
    service = second.settings.service
    wanted = f"\\n%{{http_code}} %header{{{service.commit_header}}} %header{{{service.instance_header}}}"
    options = [
        "--silent",
        f"--max-time={_PATIENCE_SECONDS}",
        f"--cacert={spec.trust_folder(second.settings.registry)}/ca.crt",
        f"--resolve={host}:443:{address}",
    ]
    argv = ["curl", *(word for option in options for word in option.split("=", 1)), "--write-out", wanted, f"https://{host}{path}"]
    return read(engine.in_node(second, *argv, ok=None).stdout)


def read(said: str) -> Answer:
    """Turn what curl printed, a body and a line of status and headers, into an answer."""
    body, _, last = said.rpartition("\n")
    status, commit, instance = [*last.split(" "), "", "", ""][:3]
    return Answer(int(status), body, commit, instance) if status.isdigit() else Answer(0, body, "", "")


def objects(image: str, addresses: Sequence[str]) -> list[dict[str, Any]]:
    """The controller: namespace, account and rights, Deployment and Service."""
    restricted = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    account = {"kind": "ServiceAccount", "name": _NAME, "namespace": NAMESPACE}
    rules = [
        {"apiGroups": [""], "resources": ["secrets", "services"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses"], "verbs": ["get", "list", "watch"]},
    ]
    rbac = "rbac.authorization.k8s.io"
    reference = {"apiGroup": rbac, "kind": "Role", "name": _NAME}
    service = {
        "selector": {"app.kubernetes.io/name": _NAME},
        "ports": [{"name": "https", "port": 443, "targetPort": "https"}],
        "externalIPs": list(addresses),
    }
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": restricted}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata(_NAME), "automountServiceAccountToken": False},
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": _metadata(_NAME, _SERVICE_NAMESPACE), "rules": rules},
        {"apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": _metadata(_NAME, _SERVICE_NAMESPACE)}
        | {"roleRef": reference, "subjects": [account]},
        {"apiVersion": "v1", "kind": "Service", "metadata": _metadata(_NAME), "spec": service},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": _metadata(_NAME), "spec": _deployment(image)},
    ]


def _deployment(image: str) -> dict[str, Any]:
    context = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    container = {
        "name": _NAME,
        "image": image,
        "command": ["skipper"],
        "args": list(_ARGUMENTS),
        "ports": [{"name": "https", "containerPort": _PORT}],
        "readinessProbe": {"tcpSocket": {"port": "https"}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}},
        "securityContext": context,
    }
    pod = {
        "serviceAccountName": _NAME,
        "automountServiceAccountToken": True,  # it reads what it routes
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    return {
        "replicas": 1,
        "selector": {"matchLabels": {"app.kubernetes.io/name": _NAME}},
        "template": {"metadata": {"labels": _LABELS}, "spec": pod},
    }


def _metadata(name: str, namespace: str = NAMESPACE) -> dict[str, Any]:
    return {"name": name, "namespace": namespace, "labels": _LABELS}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("ascii")).decode("ascii")
