"""What is refused: requests without a right, and objects that no rule lets in. The client's certificate is real and lasts ten minutes."""

from __future__ import annotations

import base64
import copy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline import kubectl
from pipeline.cluster import api
from pipeline.cluster.api import Api
from pipeline.errors import ClusterError
from pipeline.load.changes import NAMESPACE
from pipeline.pentest import workloads
from pipeline.workspace import Workspace

NAME = "alerts-proof"
_REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
_SHORTEST_SECONDS, _ASKED = 600, 60
_ISSUED_SECONDS = 20.0


def probe(place: Workspace, scratch: Path) -> None:
    """Ask for what a client without any right may not have, with a certificate that is about to end. Raises `ClusterError`."""
    known = api.credentials(place)
    files = _certificate(place, scratch)
    with requests.Session() as session:
        session.trust_env = False
        session.verify, session.cert = str(known.authority), files
        codes = {session.get(f"{known.server}/api/v1/secrets", timeout=10).status_code for _ in range(_ASKED)}
    if codes != {requests.codes.forbidden}:
        raise ClusterError(f"a client without rights is answered {sorted(codes)}, expected 403 alone", fix="nox -s harden")


def _certificate(place: Workspace, scratch: Path) -> tuple[str, str]:
    """Have the cluster sign a certificate of ten minutes for a name that nothing is bound to; return the files of certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    wish = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    spec = {
        "request": base64.b64encode(wish.public_bytes(serialization.Encoding.PEM)).decode(),
        "signerName": "kubernetes.io/kube-apiserver-client",
        "usages": ["client auth"],
        "expirationSeconds": _SHORTEST_SECONDS,
    }
    with api.connect(place) as server:
        issued = _signed(server, {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "spec": spec})
    files = (scratch / "client.crt", scratch / "client.key")
    files[0].write_bytes(issued)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files[1].touch(mode=0o600)
    files[1].write_bytes(private)
    return str(files[0]), str(files[1])


def _signed(server: Api, wish: dict[str, Any]) -> bytes:
    path = f"{_REQUESTS}/{NAME}"
    server.send("DELETE", path)
    made = server.send("POST", _REQUESTS, {**wish, "metadata": {"name": NAME}})
    if made.code != requests.codes.created:
        raise ClusterError(f"the cluster takes no request for a certificate: {made.message}", fix="nox -s cluster")
    condition = {"type": "Approved", "status": "True", "reason": "AlertsProof", "message": "it lasts ten minutes and has no right"}
    server.send("PUT", f"{path}/approval", {**made.body, "status": {"conditions": [condition]}})
    deadline = time.monotonic() + _ISSUED_SECONDS
    while time.monotonic() < deadline:
        found = server.send("GET", path).body.get("status", {})
        if "certificate" in found:
            server.send("DELETE", path)
            return base64.b64decode(found["certificate"])
        time.sleep(0.5)
    raise ClusterError("the cluster signs no certificate", fix="nox -s cluster")


def _privileged(spec: dict[str, Any]) -> None:
    spec["containers"][0]["securityContext"] = {"privileged": True}


def _latest(spec: dict[str, Any]) -> None:
    spec["containers"][0]["image"] = "portcullis.local/hash:latest"


def privileged_pod(place: Workspace) -> None:
    """Ask for a privileged pod, which Pod Security refuses. Raises `ClusterError` when it does not."""
    _refused(place, _privileged)


def latest_pod(place: Workspace) -> None:
    """Ask for a pod of whatever `latest` means, which a rule of ours refuses. Raises `ClusterError` when it does not."""
    _refused(place, _latest)


def _refused(place: Workspace, change: Callable[[dict[str, Any]], None]) -> None:
    (deployment,) = kubectl.get(place, "-n", NAMESPACE, "deployment", "hash")
    pod = workloads.workload("pod", copy.deepcopy(deployment["spec"]["template"]), change)
    with api.connect(place) as server:
        reply = server.send("POST", workloads.PATHS["pod"].format(namespace=NAMESPACE), pod)
    if reply.code not in {requests.codes.forbidden, requests.codes.unprocessable}:
        raise ClusterError(f"a pod that must be refused was answered {reply.code}", fix="nox -s harden")
