"""For every rule of admission one object that breaks it: what the proof needs to see a rule that is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pipeline.differential import corpus, objects
from pipeline.differential.changes import ABSENT, Change, changed
from pipeline.differential.corpus import Case
from pipeline.differential.objects import COMMIT, Content

_SPEC: Final = ("spec", "template", "spec")
_MAIN: Final = (*_SPEC, "containers", 0)
_SECURITY: Final = (*_MAIN, "securityContext")
# Where one violation alone would be no object that the API takes, it has company.
_OF_PODS: Mapping[str, list[Change]] = {
    "image-tag": [Change((*_MAIN, "image"), "portcullis.local/hash:latest")],
    "image-registry": [Change((*_MAIN, "image"), f"elsewhere.example/hash:{COMMIT}")],
    "attacker-image": [Change((*_MAIN, "image"), f"portcullis.local/attacker:{COMMIT}")],
    "run-as-non-root": [Change((*_SECURITY, "runAsNonRoot"), value=False)],
    "run-as-user": [Change((*_SECURITY, "runAsUser"), 1000)],
    "privilege-escalation": [Change((*_SECURITY, "allowPrivilegeEscalation"), ABSENT)],
    "privileged": [Change((*_SECURITY, "allowPrivilegeEscalation"), ABSENT), Change((*_SECURITY, "privileged"), value=True)],
    "capabilities-drop": [Change((*_SECURITY, "capabilities"), ABSENT)],
    "capabilities-add": [Change((*_SECURITY, "capabilities", "add"), ["NET_ADMIN"])],
    "seccomp": [Change((*_SECURITY, "seccompProfile"), {"type": "Unconfined"})],
    "read-only-root": [Change((*_SECURITY, "readOnlyRootFilesystem"), ABSENT)],
    "proc-mount": [Change((*_SPEC, "hostUsers"), value=False), Change((*_SECURITY, "procMount"), "Unmasked")],
    "host-namespace": [Change((*_SPEC, "hostPID"), value=True)],
    "host-path": [Change((*_SPEC, "volumes"), [{"name": "a", "hostPath": {"path": "/"}}])],
    "volume-kind": [Change((*_SPEC, "volumes"), [{"name": "a", "csi": {"driver": "a.example"}}])],
    "host-port": [Change((*_MAIN, "ports"), [{"containerPort": 80, "hostPort": 80}])],
    "sysctl": [Change((*_SPEC, "securityContext", "sysctls"), [{"name": "kernel.shm_rmid_forced", "value": "1"}])],
    "node-name": [Change((*_SPEC, "nodeName"), "somewhere")],
    "service-account-token": [Change((*_SPEC, "automountServiceAccountToken"), value=True)],
    "default-service-account": [Change((*_SPEC, "serviceAccountName"), ABSENT)],
    "resources": [Change((*_MAIN, "resources"), ABSENT)],
    "probes": [Change((*_MAIN, "readinessProbe"), ABSENT)],
    "graceful-stop": [Change((*_MAIN, "lifecycle"), ABSENT)],
    "secret-in-environment": [Change((*_MAIN, "env"), [{"name": "API_TOKEN", "value": "x"}])],
    "labels": [Change(("spec", "template", "metadata", "labels", "app.kubernetes.io/part-of"), ABSENT)],
}
_OF_OTHERS: Mapping[str, Content] = {
    "rbac-wildcard": objects.role("Role", verbs=["*"]),
    "rbac-escalation": objects.role("Role", verbs=["escalate"]),
    "rbac-pod-access": objects.role("Role", resources=["pods/exec"]),
    "rbac-secrets": objects.role("Role", resources=["secrets"], verbs=["list"]),
    "cluster-admin": objects.role_binding("RoleBinding", "cluster-admin"),
    "everyone-bound": objects.role_binding("RoleBinding", subject={"kind": "Group", "name": "system:authenticated"}),
    "token-secret": objects.token_secret(),
    "service-exposure": objects.service(type="LoadBalancer"),
    "ingress-tls": objects.ingress([{"host": "a.example.com"}], None),
    "pod-security": objects.namespace({"pod-security.kubernetes.io/enforce": "privileged"}),
    "open-network": objects.network_policy(ingress=[{}]),
    "autoscaler-bounds": objects.autoscaler(minReplicas=1),
}


def of(living: Content) -> dict[str, Case]:
    """One violation of every rule that an object can break. `living` is the pod that a container can join."""
    found = {rule: Case(rule, changed("Deployment", changes)) for rule, changes in _OF_PODS.items()}
    found |= {rule: Case(rule, content) for rule, content in _OF_OTHERS.items()}
    return found | {"ephemeral-container": corpus.ephemeral(living)[0]}


def labelled(case: Case, labels: Mapping[str, Any]) -> Case:
    """The same object with more labels of its own."""
    metadata = case.content["metadata"]
    return Case(case.name, {**case.content, "metadata": {**metadata, "labels": {**(metadata.get("labels") or {}), **labels}}})
