"""Brings a started node to what no argument of minikube can say. Done by every run of the stage; a node that is so already is not touched.

Each part says why it is needed. Everything here survives a restart of the node, and what minikube writes anew is done again.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import yaml

from pipeline import console, engine, kubectl
from pipeline.cluster import certificates, minikube, spec
from pipeline.errors import ClusterError, CommandError
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
_VOLUME = "audit"
_ANSWER_SECONDS = 120.0
_REMOVE_SECONDS = 60  # crictl itself gives up after two, which a busy machine needs
# Files that only root is meant to read, and whose writers here are less strict than the benchmark (CIS 1.1 and 4.1).
_PRIVATE = (
    "/etc/cni/net.d",
    "/etc/kubernetes",
    "/etc/systemd/system/kubelet.service.d",
    "/lib/systemd/system/kubelet.service",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/kubeadm-flags.env",
    "/var/lib/minikube/certs",
    spec.AUDIT_FOLDER,
)
# Left by the installation and needed by nothing here: the default account of kube-system as cluster-admin, for addons of minikube's;
# the token by which more nodes could join; and what anybody may read to do so.
_LEFTOVERS = (
    ("clusterrolebinding", "minikube-rbac"),
    ("--namespace=kube-system", "secret", "--field-selector=type=bootstrap.kubernetes.io/token"),
    ("--namespace=kube-public", "rolebinding", "kubeadm:bootstrap-signer-clusterinfo"),
)


def apply(place: Workspace) -> list[str]:
    """Finish the hardening of a started cluster. Return what deserves to be said. Raises `ClusterError` when a part of it is impossible."""
    left = certificates.approve(place)  # before the kubelet is restarted: it has asked already
    keep_audit_log(place)
    restrict_files(place)
    for words in _LEFTOVERS:
        kubectl.run(place, "delete", "--ignore-not-found", *words)
    restrict_accounts(place)
    return left


def keep_audit_log(place: Workspace) -> None:
    """Have the API server write its audit log on the node.

    kubeadm knows extra volumes and minikube does not pass them on, so the pod's manifest is completed where it lies.
    """
    text = engine.in_node(place, "cat", MANIFEST).stdout
    wanted = with_audit_folder(yaml.safe_load(text))
    if wanted == yaml.safe_load(text):
        return
    console.progress("cluster: giving the audit log its place on the node")
    # The kubelet watches the folder: the new file is made beside it and moved in whole.
    new = "/etc/kubernetes/kube-apiserver.yaml.new"
    engine.in_node(place, "install", "-m", "0600", "/dev/stdin", new, stdin=yaml.safe_dump(wanted, sort_keys=False))
    _replace_pod(place, new)
    _await_audit_log(place)


def _replace_pod(place: Workspace, new: str) -> None:
    """Have the kubelet find the new manifest and no pod: the API server is away for six seconds.

    Left to itself the kubelet lets the old one wait for its watches until it kills it, half a minute later, and starts the new one ten
    seconds after that. By then whoever talks to the API has lost its lease or its patience.
    """
    engine.in_node(place, "systemctl", "stop", "kubelet")
    try:
        engine.in_node(place, "mv", new, MANIFEST)
        pods = engine.in_node(place, "crictl", "pods", "--quiet", "--namespace=kube-system", "--label=component=kube-apiserver")
        for pod in pods.stdout.split():
            engine.in_node(place, "crictl", f"--timeout={_REMOVE_SECONDS}s", "rmp", "--force", pod, timeout=2 * _REMOVE_SECONDS)
    finally:
        engine.in_node(place, "systemctl", "start", "kubelet")


def with_audit_folder(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the API server's pod with the audit folder of the node mounted; one that has it already comes back equal."""
    pod, mount = manifest["spec"], {"mountPath": spec.AUDIT_FOLDER, "name": _VOLUME}
    (server,) = pod["containers"]
    mounts = [each for each in server["volumeMounts"] if each["name"] != _VOLUME]
    volumes = [each for each in pod["volumes"] if each["name"] != _VOLUME]
    volume = {"name": _VOLUME, "hostPath": {"path": spec.AUDIT_FOLDER, "type": "DirectoryOrCreate"}}
    container = {**server, "volumeMounts": [*mounts, mount]}
    return {**manifest, "spec": {**pod, "containers": [container], "volumes": [*volumes, volume]}}


def _await_audit_log(place: Workspace) -> None:
    """Wait until the API server that writes to the node answers."""
    deadline = time.monotonic() + _ANSWER_SECONDS
    while not (_mounted(place) and _ready(place)):
        if time.monotonic() > deadline:
            raise ClusterError("the API server did not come back with its audit log", fix=minikube.AGAIN)
        time.sleep(1)


def _mounted(place: Workspace) -> bool:
    """Whether the one API server that runs sees the node's folder: while the kubelet replaces it there may be the old one, two, or none."""
    pids = engine.in_node(place, "ps", "-C", "kube-apiserver", "-o", "pid=", ok=(0, 1)).stdout.split()
    if len(pids) != 1:
        return False
    table = f"/proc/{pids[0]}/mountinfo"
    return engine.in_node(place, "grep", "-qF", f" {spec.AUDIT_FOLDER} ", table, ok=(0, 1, 2)).returncode == 0


def _ready(place: Workspace) -> bool:
    try:
        kubectl.run(place, "get", "--raw=/readyz", timeout=30)
    except CommandError:
        return False
    return True


def restrict_files(place: Workspace) -> None:
    """Take from everybody but root what the benchmark wants root alone to have. Certificates stay readable: they are no secret."""
    there = engine.in_node(place, "ls", "-d", *_PRIVATE, ok=(0, 2)).stdout.split()  # ls ends with 2 when one of them is not there
    engine.in_node(place, "find", *there, "-type", "f", "!", "-name", "*.crt", "-perm", "/077", "-exec", "chmod", "go=", "{}", "+")
    engine.in_node(place, "find", *there, "-type", "f", "-name", "*.crt", "-perm", "/022", "-exec", "chmod", "go-w", "{}", "+")
    engine.in_node(place, "chmod", "0700", spec.AUDIT_FOLDER)


def restrict_accounts(place: Workspace) -> None:
    """Have no default account hand its token to the pods that name no other (CIS 5.1.5)."""
    for account in kubectl.get(place, "serviceaccounts", "--all-namespaces"):
        metadata = account["metadata"]
        if metadata["name"] == "default" and account.get("automountServiceAccountToken") is not False:
            patch = '{"automountServiceAccountToken": false}'
            kubectl.run(place, "--namespace", metadata["namespace"], "patch", "serviceaccount", "default", "--patch", patch)
