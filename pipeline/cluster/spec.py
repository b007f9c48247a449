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

# AlwaysPullImages is not among the admission plugins: it would refuse images that are loaded instead of pulled.
FLAGS: Mapping[str, Mapping[str, str]] = {
    "apiserver": {
        "admission-control-config-file": f"{ON_NODE}/portcullis-admission.yaml",
        "audit-log-path": "-",
        "audit-policy-file": f"{ON_NODE}/portcullis-audit.yaml",
        "authentication-config": f"{ON_NODE}/portcullis-authentication.yaml",
        "enable-admission-plugins": "NodeRestriction",
        "encryption-provider-config": f"{ON_NODE}/portcullis-encryption.yaml",
        "profiling": "false",
        "tls-min-version": "VersionTLS13",
    },
    "controller-manager": {"profiling": "false"},
    "scheduler": {"profiling": "false"},
    "kubelet": {"anonymous-auth": "false", "event-qps": "0", "read-only-port": "0", "seccomp-default": "true"},
}


@dataclass(frozen=True)
class Spec:
    """One clone's cluster: the arguments of `minikube start`, and the fingerprint of everything it is made from."""

    arguments: tuple[str, ...]
    fingerprint: str


def make(place: Workspace, node_image: str, *, upstream: bool) -> Spec:
    """Return the cluster that this clone wants on `node_image`."""
    settings = place.settings
    addons = place.root / "cluster" / "addons"
    arguments = (
        "start",
        "--output=json",
        "--interactive=false",
        "--driver=docker",
        "--force",  # minikube asks for it when root runs the docker driver
        f"--base-image={node_image}",
        f"--network={place.name}",
        "--container-runtime=containerd",
        f"--kubernetes-version=v{settings.kubernetes}",
        f"--preload={str(upstream).lower()}",
        "--install-addons=false",
        f"--cni={addons / 'kube-router.yaml'}",
        "--wait=apiserver",
        f"--ports=127.0.0.1:{place.port}:{settings.node_port}",
        f"--memory={settings.cluster_memory_mb}mb",
        f"--cpus={settings.cluster_cpus}",
        *(f"--extra-config={component}.{flag}={value}" for component, flags in FLAGS.items() for flag, value in sorted(flags.items())),
    )
    # The secret of `encryption` belongs to one cluster and is no part of what it is meant to be.
    inputs = [arguments, store.digest_tree(addons, place.root / "cluster" / "hardening", place.root / "cluster" / "node")]
    return Spec(arguments, store.key_of(inputs))


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


def hardening(root: Path, key: str) -> dict[str, str]:
    """Contents of the hardening files by their name on the node."""
    texts = {name: (root / "cluster" / "hardening" / f"{name}.yaml").read_text("utf-8") for name in _HARDENING}
    texts["encryption"] = encryption(key)
    return {f"portcullis-{name}.yaml": text for name, text in texts.items()}
