"""What is not believed but tried, on the live cluster: each with something that must work and something that must not."""

from __future__ import annotations

import json
import secrets
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import yaml

from pipeline import engine, kubectl
from pipeline.cluster import spec
from pipeline.errors import CommandError
from pipeline.harden.facts import Proof
from pipeline.process import Completed
from pipeline.workspace import Workspace

_SECONDS = 10
_ETCD, _CERTS = "/var/lib/minikube/etcd", "/var/lib/minikube/certs"
_AUDIT = spec.FLAGS["apiserver"]["audit-log-path"]
_SPACE = "kube-system"


def run(place: Workspace) -> dict[str, Proof]:
    """Try everything. What cannot be tried at all has not held."""
    server, authority = endpoint(place)
    tried = {"anonymous": anonymous(server, authority), "tls": tls(server, authority)}
    tried |= {"kubelet-certificate": _kubelet(place), "etcd": _etcd(place), "seccomp": _seccomp(place)}
    return tried | _canary(place)


def endpoint(place: Workspace) -> tuple[str, Path]:
    """URL of the API server and the file of its authority, as the kubeconfig names them."""
    (cluster,) = [each["cluster"] for each in yaml.safe_load(place.kubeconfig.read_text("utf-8"))["clusters"]]
    return str(cluster["server"]), Path(cluster["certificate-authority"])


def anonymous(server: str, authority: Path) -> Proof:
    """Without a credential, health answers and nothing else does."""
    wanted = {"/livez": 200, "/readyz": 200, "/version": 401, "/api": 401, "/openapi/v2": 401, "/metrics": 401}
    try:
        got = {path: requests.get(server + path, verify=str(authority), timeout=_SECONDS).status_code for path in wanted}
    except requests.RequestException as error:
        return Proof(held=False, seen=f"no answer: {type(error).__name__}")
    return Proof(held=got == wanted, seen=", ".join(f"{path} {code}" for path, code in got.items()))


def tls(server: str, authority: Path) -> Proof:
    """A client of TLS 1.3 is served, one of TLS 1.2 refused."""
    modern = _handshake(server, authority, ssl.TLSVersion.TLSv1_3)
    old = _handshake(server, authority, ssl.TLSVersion.TLSv1_2)
    return Proof(held=modern == "TLSv1.3" and "ALERT_PROTOCOL_VERSION" in old, seen=f"1.3: {modern}; 1.2: {old}")


def _handshake(server: str, authority: Path, version: ssl.TLSVersion) -> str:
    """The version that was agreed on, or why none was."""
    address = urlsplit(server)
    context = ssl.create_default_context(cafile=str(authority))
    context.minimum_version = context.maximum_version = version
    try:
        with (
            socket.create_connection((address.hostname or "", address.port or 443), timeout=_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=address.hostname) as secure,
        ):
            return str(secure.version())
    except ssl.SSLError as error:
        return str(error.reason)
    except OSError as error:
        return type(error).__name__


def _kubelet(place: Workspace) -> Proof:
    """The kubelet's certificate is the cluster's, for its address; without a credential it answers 401, and its plain port not at all."""
    (address,) = [network["IPAddress"] for network in engine.container(place.name)["NetworkSettings"]["Networks"].values()]
    asked = ["--cacert", f"{_CERTS}/ca.crt", "--write-out", "%{http_code}", "--output", "/dev/null"]
    secure = _curl(place, *asked, f"https://{address}:10250/pods")
    plain = _curl(place, f"http://{address}:10255/pods")
    seen = f"10250 {secure.stdout or secure.returncode} with a certificate of the cluster, 10255 curl {plain.returncode}"
    return Proof(held=secure.returncode == 0 and secure.stdout == "401" and plain.returncode == 7, seen=seen)  # noqa: PLR2004 - curl: refused


def _etcd(place: Workspace) -> Proof:
    """With the API server's certificate etcd answers; without one it does not."""
    url, trust = "https://127.0.0.1:2379/version", ["--cacert", f"{_CERTS}/etcd/ca.crt"]
    own = ["--cert", f"{_CERTS}/apiserver-etcd-client.crt", "--key", f"{_CERTS}/apiserver-etcd-client.key"]
    served, refused = _curl(place, *trust, *own, url), _curl(place, *trust, url)
    held = served.returncode == 0 and "etcdserver" in served.stdout and refused.returncode in {35, 55, 56} and not refused.stdout
    return Proof(held=held, seen=f"with a certificate curl {served.returncode}, without one curl {refused.returncode}")


def _seccomp(place: Workspace) -> Proof:
    """CoreDNS asks for no profile, and its process has a filter all the same."""
    pids = engine.in_node(place, "pgrep", "-x", "coredns", ok=(0, 1)).stdout.split()
    files = [f"/proc/{pid}/status" for pid in pids]
    lines = engine.in_node(place, "grep", "-h", "^Seccomp:", *files, ok=None).stdout.split("\n")
    modes = [line.partition(":")[2].strip() for line in lines if line]
    asked = [pod for pod in kubectl.get(place, "--namespace", _SPACE, "pods", "--selector=k8s-app=kube-dns") if _asks(pod)]
    return Proof(held=bool(modes) and set(modes) == {"2"} and not asked, seen=f"mode {', '.join(modes) or 'of no process'} without asking")


def _asks(pod: dict[str, Any]) -> bool:
    return any("seccompProfile" in (part.get("securityContext") or {}) for part in (pod["spec"], *pod["spec"]["containers"]))


def _curl(place: Workspace, *words: str) -> Completed:
    options = ("--silent", "--max-time", str(_SECONDS), "--noproxy", "*")
    return engine.in_node(place, "curl", *options, *words, timeout=3 * _SECONDS, ok=None)


def _canary(place: Workspace) -> dict[str, Proof]:
    """Write a Secret, a ConfigMap and an account of random content, look for them in etcd and in the audit log, and take them away."""
    hidden, shown = secrets.token_hex(16), secrets.token_hex(16)
    with _written(place, f"portcullis-canary-{secrets.token_hex(4)}", hidden, shown) as name:
        return {"at-rest": _at_rest(place, name, hidden, shown), "audit": _audit(place, name, (hidden, shown))}


@contextmanager
def _written(place: Workspace, name: str, hidden: str, shown: str) -> Iterator[str]:
    create = ("--namespace", _SPACE, "create")
    try:
        kubectl.run(place, *create, "secret", "generic", name, f"--from-literal=value={hidden}")
        kubectl.run(place, *create, "configmap", name, f"--from-literal=value={shown}")
        kubectl.run(place, *create, "serviceaccount", name)
        yield name
    finally:
        kubectl.run(place, "--namespace", _SPACE, "delete", "secret,configmap,serviceaccount", name, "--ignore-not-found")


def _at_rest(place: Workspace, name: str, hidden: str, shown: str) -> Proof:
    """The API shows the Secret, etcd's files do not; they do show the ConfigMap, so looking works."""
    there = (
        kubectl.run(place, "--namespace", _SPACE, "get", "secret", name, "--output=go-template={{.data.value | base64decode}}").stdout
        == hidden
    )
    secret, plain = (_grep(place, "-rlaF", word, _ETCD) for word in (hidden, shown))
    seen = f"Secret in {len(secret)} of etcd's files, ConfigMap in {len(plain)}"
    return Proof(held=there and not secret and bool(plain), seen=seen if there else "the API does not show the Secret")


def _audit(place: Workspace, name: str, contents: tuple[str, ...]) -> Proof:
    """The log has who made the Secret without its content, who made the account with its body, and the content of neither."""
    try:
        events = [json.loads(line) for line in _grep(place, "-hF", name, _AUDIT)]
    except ValueError:
        return Proof(held=False, seen=f"{_AUDIT} is not one event a line")
    levels = {
        event["objectRef"]["resource"]: event["level"] + (" with body" if "requestObject" in event else "")
        for event in events
        if event["verb"] == "create" and event["objectRef"].get("name", name) == name and event["user"]["username"]
    }
    leaked = sum(len(_grep(place, "-lF", content, _AUDIT)) for content in contents)
    wanted = {"secrets": "Metadata", "configmaps": "Metadata", "serviceaccounts": "Request with body"}
    return Proof(held=levels == wanted and not leaked, seen=f"{levels}, contents leaked: {leaked}")


def _grep(place: Workspace, options: str, word: str, path: str) -> list[str]:
    """Lines that grep prints in the node. Raises `CommandError` when it could not read."""
    said = engine.in_node(place, "grep", options, "--", word, path, ok=(0, 1, 2))
    if said.returncode == 2:  # noqa: PLR2004 - grep could not read something
        raise CommandError(f"{path} on the node cannot be searched: {said.tail}", fix="nox -s cluster")
    return said.stdout.splitlines()
