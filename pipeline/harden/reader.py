"""Reads the facts, once: command lines, files and settings from the node, objects from the API. No key and no Secret's content is read."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import yaml

from pipeline import engine, kubectl
from pipeline.cluster import running, spec
from pipeline.errors import ClusterError
from pipeline.harden.documents import FILES, NAMES
from pipeline.harden.facts import Facts, File, Proof
from pipeline.workspace import Workspace

_KINDS = (
    "pods,namespaces,nodes,services,serviceaccounts,networkpolicies,clusterroles,clusterrolebindings,roles,rolebindings,"
    "validatingadmissionpolicies,validatingadmissionpolicybindings"
)
_FOLDERS = (
    "/etc/cni/net.d",
    "/etc/kubernetes",
    "/etc/systemd/system/kubelet.service.d",
    "/lib/systemd/system/kubelet.service",
    "/var/lib/kube-proxy",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/pki",
    "/var/lib/minikube/certs",
    "/var/lib/minikube/etcd",
    spec.AUDIT_FOLDER,
)
_CERTS = "/var/lib/minikube/certs"
_AUTHORITIES = {"cluster": f"{_CERTS}/ca.crt", "etcd": f"{_CERTS}/etcd/ca.crt", "front-proxy": f"{_CERTS}/front-proxy-ca.crt"}
_SECRETS = r'jsonpath={range .items[*]}{.metadata.namespace}{" "}{.metadata.name}{" "}{.type}{"\n"}{end}'


def read(place: Workspace, proofs: dict[str, Proof]) -> Facts:
    """Read everything that controls ask about. Raises `CommandError` without an answer, `ClusterError` for one without sense."""
    flags = running.flags(place)
    try:
        return Facts(
            node=place.name,
            flags=flags,
            kubelet=json.loads(kubectl.run(place, "get", f"--raw=/api/v1/nodes/{place.name}/proxy/configz").stdout)["kubeletconfig"],
            proxy=_proxy(place),
            files=files(_found(place, *_FOLDERS) + _found(place, spec.ON_NODE, "-name", "portcullis-*")),
            settings=_settings(place, flags.get("apiserver", {})),
            objects=_objects(place),
            published=published(engine.container(place.name)),
            authorities=_authorities(place),
            operator=json.loads(kubectl.run(place, "auth", "whoami", "--output=json").stdout)["status"]["userInfo"],
            proofs=proofs,
        )
    except (ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise ClusterError(f"the cluster's settings make no sense: {type(error).__name__} {error}", fix="nox -s cluster") from error


def files(listing: str) -> tuple[File, ...]:
    """Read what `find -printf` printed. Links and the like are left out: what they lead to is judged where it lies."""
    found = []
    for line in listing.splitlines():
        mode, owner, kind, path = line.split(" ", 3)
        if kind in {"f", "d"}:
            found.append(File(path, mode, owner, folder=kind == "d"))
    return tuple(sorted(found, key=lambda file: file.path))


def published(container: dict[str, Any]) -> tuple[str, ...]:
    """Addresses of the host on which the engine publishes ports of a container."""
    ports = container["NetworkSettings"]["Ports"] or {}
    return tuple(sorted({binding["HostIp"] or "everywhere" for bindings in ports.values() for binding in bindings or []}))


def _found(place: Workspace, *wanted: str) -> str:
    """What find lists on the node; a file that went meanwhile is none, hence exit code 1."""
    return engine.in_node(place, "find", *wanted, "-printf", "%m %u:%g %y %p\n", ok=(0, 1)).stdout


def _settings(place: Workspace, flags: dict[str, str]) -> dict[str, Any]:
    """What the API server reads, from the very paths that it was told. The key of the Secrets is cut out before it leaves the node."""
    found = {}
    for name, flag in zip(NAMES, FILES, strict=True):
        if path := flags.get(flag):
            keyless = ("jq", "del(.. | .secret?)", path)
            text = engine.in_node(place, *(keyless if name == "encryption" else ("cat", path)), ok=(0, 1, 2)).stdout
            found[name] = yaml.safe_load(text) or {}
    return found


def _proxy(place: Workspace) -> dict[str, Any]:
    (found,) = kubectl.get(place, "--namespace", "kube-system", "configmap", "kube-proxy")
    return dict(yaml.safe_load(found["data"]["config.conf"]))


def _objects(place: Workspace) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for each in kubectl.get(place, _KINDS, "--all-namespaces"):
        found.setdefault(each["kind"], []).append(each)
    for line in kubectl.run(place, "get", "secrets", "--all-namespaces", f"--output={_SECRETS}").stdout.splitlines():
        namespace, name, kind = line.split(" ")
        found.setdefault("Secret", []).append({"metadata": {"namespace": namespace, "name": name}, "type": kind})
    return found


def _authorities(place: Workspace) -> dict[str, str]:
    lines = engine.in_node(place, "sha256sum", *_AUTHORITIES.values()).stdout.splitlines()
    sums = {str(PurePosixPath(path)): digest for digest, path in (line.split() for line in lines)}
    return {name: sums[path] for name, path in _AUTHORITIES.items()}
