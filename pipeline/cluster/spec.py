"""What the cluster is meant to be: minikube's arguments, the hardening files that the API server reads, and a fingerprint over all of it.

Nothing here touches the machine. Flags follow the CIS Kubernetes Benchmark; where one is left out, a comment says why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import store
from pipeline.workspace import Workspace

# Copied by minikube to /etc/ssl/certs on the node, the one folder of the node that the API server's pod mounts.
ON_NODE = "/etc/ssl/certs"
_HARDENING = ("admission", "audit", "authentication")
_HOW = Path(__file__).with_name("hardening.py")  # what it does to a node is part of the settings

# Where the API server writes its audit log, and the folder that `hardening` mounts there from the node.
AUDIT_FOLDER = "/var/log/kubernetes"
_CERTIFICATES = "/var/lib/minikube/certs"

# AlwaysPullImages is not among the admission plugins: it would refuse images that are loaded instead of pulled.
# etcd has none: with one, minikube 1.38 writes a kubeadm configuration that cannot be read. kubeadm's own are what the benchmark asks for.
FLAGS: Mapping[str, Mapping[str, str]] = {
    "apiserver": {
        "admission-control-config-file": f"{ON_NODE}/portcullis-admission.yaml",
        "audit-log-maxage": "30",
        "audit-log-maxbackup": "10",
        "audit-log-maxsize": "100",
        "audit-log-path": f"{AUDIT_FOLDER}/audit.log",
        "audit-policy-file": f"{ON_NODE}/portcullis-audit.yaml",
        "authentication-config": f"{ON_NODE}/portcullis-authentication.yaml",
        "enable-bootstrap-token-auth": "false",
        "enable-admission-plugins": "NodeRestriction,DenyServiceExternalIPs,EventRateLimit",
        "encryption-provider-config": f"{ON_NODE}/portcullis-encryption.yaml",
        "kubelet-certificate-authority": f"{_CERTIFICATES}/ca.crt",
        "profiling": "false",
        "request-timeout": "60s",
        "service-account-extend-token-expiration": "false",
        "tls-min-version": "VersionTLS13",
    },
    "controller-manager": {"profiling": "false", "terminated-pod-gc-threshold": "100", "tls-min-version": "VersionTLS13"},
    "scheduler": {"profiling": "false", "tls-min-version": "VersionTLS13"},
    "kubelet": {
        "anonymous-auth": "false",
        "event-qps": "0",  # all of them; EventRateLimit keeps the API server from drowning in them
        "pod-max-pids": "256",
        "read-only-port": "0",
        "rotate-server-certificates": "true",  # signed by the cluster, see `certificates`
        "seccomp-default": "true",
        "streaming-connection-idle-timeout": "5m",
        "tls-min-version": "VersionTLS13",
    },
}
# Settings of kube-proxy's configuration file, which minikube takes the same way.
PROXY: Mapping[str, str] = {"metricsBindAddress": "127.0.0.1:10249"}


@dataclass(frozen=True)
class Spec:
    """One clone's cluster: the arguments of `minikube start`, and fingerprints of what it is made from.

    `machine` covers what only another node container can have, `settings` what a restart of its programs brings.
    """

    arguments: tuple[str, ...]
    machine: str
    settings: str


def common(place: Workspace, node_image: str, cni: Path, *, upstream: bool) -> tuple[str, ...]:
    """The arguments of `minikube start` that every cluster of a clone has."""
    return (
        "start",
        "--output=json",
        "--interactive=false",
        "--driver=docker",
        "--force",  # minikube asks for it when root runs the docker driver
        f"--base-image={node_image}",
        f"--network={place.name}",
        "--container-runtime=containerd",
        f"--kubernetes-version=v{place.settings.kubernetes}",
        f"--preload={str(upstream).lower()}",
        "--install-addons=false",
        f"--cni={cni}",
        "--wait=apiserver",
    )


def make(place: Workspace, node_image: str, *, upstream: bool) -> Spec:
    """Return the cluster that this clone wants on `node_image`."""
    settings = place.settings
    addons = place.root / "cluster" / "addons"
    machine = (
        *common(place, node_image, addons / "kube-router.yaml", upstream=upstream),
        f"--ports=127.0.0.1:{place.port}:{settings.node_port}",
        f"--memory={settings.cluster_memory_mb}mb",
        f"--cpus={settings.cluster_cpus}",
    )
    extra = tuple(
        f"--extra-config={component}.{name}={value}"
        for component, values in {**FLAGS, "kube-proxy": PROXY}.items()
        for name, value in sorted(values.items())
    )
    # The secret of `encryption` belongs to one cluster and is no part of what it is meant to be.
    return Spec(
        arguments=machine + extra,
        machine=store.key_of([machine, store.digest_tree(place.root / "cluster" / "node")]),
        settings=store.key_of([extra, store.digest_tree(addons, place.root / "cluster" / "hardening"), store.digest(_HOW)]),
    )


def encryption(key: str) -> str:
    """The configuration that encrypts Secrets at rest with `key` (32 random bytes, base64).

    Source: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/
    """
    return json.dumps(
        {
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "EncryptionConfiguration",
            "resources": [
                {"resources": ["secrets"], "providers": [{"secretbox": {"keys": [{"name": "cluster", "secret": key}]}}, {"identity": {}}]}
            ],
        },
        indent=2,
    )


def key_in(configuration: str) -> str:
    """Return the key of an `encryption` configuration. Raises `ValueError` when there is none."""
    try:
        return str(json.loads(configuration)["resources"][0]["providers"][0]["secretbox"]["keys"][0]["secret"])
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("no encryption key") from error


def hardening(root: Path, key: str) -> dict[str, str]:
    """Contents of the hardening files by their name on the node."""
    texts = {name: (root / "cluster" / "hardening" / f"{name}.yaml").read_text("utf-8") for name in _HARDENING}
    texts["encryption"] = encryption(key)
    return {f"portcullis-{name}.yaml": text for name, text in texts.items()}
