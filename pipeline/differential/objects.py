"""Good objects of every kind that admission asks about: they break no rule, and one thing about them is changed at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

Content = dict[str, Any]

NAMESPACE: Final = "portcullis-differential"
OTHER: Final = "portcullis-differential-other"
COMMIT: Final = "0123456789abcdef0123456789abcdef01234567"
_LABELS = {"app.kubernetes.io/name": "hash", "app.kubernetes.io/part-of": "portcullis", "app.kubernetes.io/managed-by": "terraform"}
_RBAC = "rbac.authorization.k8s.io"


def container(name: str = "hash") -> Content:
    """A container that breaks no rule."""
    probe = {"httpGet": {"path": "/readyz", "port": 8080}}
    return {
        "name": name,
        "image": f"portcullis.local/hash:{COMMIT}",
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
        "livenessProbe": probe,
        "readinessProbe": probe,
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
    }


def pod() -> Content:
    """The specification of a pod that breaks no rule."""
    return {
        "serviceAccountName": "hash",
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container()],
    }


def meta(name: str = "hash", namespace: str = NAMESPACE) -> Content:
    """Metadata of an object of the throw-away namespace."""
    return {"name": name, "namespace": namespace, "labels": dict(_LABELS)}


def with_pod(kind: str, spec: Content) -> Content:
    """An object of a kind that makes pods of this specification."""
    template = {"metadata": {"labels": dict(_LABELS)}, "spec": spec}
    selector = {"matchLabels": {"app.kubernetes.io/name": "hash"}}
    match kind:
        case "Pod":
            return {"apiVersion": "v1", "kind": kind, "metadata": meta(), "spec": spec}
        case "ReplicationController":
            return {"apiVersion": "v1", "kind": kind, "metadata": meta(), "spec": {"selector": dict(_LABELS), "template": template}}
        case "Job":
            spec["restartPolicy"] = "Never"
            return {"apiVersion": "batch/v1", "kind": kind, "metadata": meta(), "spec": {"template": template}}
        case "CronJob":
            spec["restartPolicy"] = "Never"
            jobs = {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": template}}}
            return {"apiVersion": "batch/v1", "kind": kind, "metadata": meta(), "spec": jobs}
        case "Deployment":
            rolling = {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}}
            return {
                "apiVersion": "apps/v1",
                "kind": kind,
                "metadata": meta(),
                "spec": {"selector": selector, "template": template, **rolling},
            }
        case _:
            return {"apiVersion": "apps/v1", "kind": kind, "metadata": meta(), "spec": {"selector": selector, "template": template}}


WITH_PODS: Final = ("Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "ReplicationController")
_POD_AT: Mapping[str, tuple[str, ...]] = {"Pod": (), "CronJob": ("spec", "jobTemplate", "spec", "template")}


def template_at(kind: str) -> tuple[str, ...]:
    """Where a kind's pod is."""
    return _POD_AT.get(kind, ("spec", "template"))


def other(api: str, kind: str, *, cluster: bool = False, **content: Any) -> Content:  # noqa: ANN401 - any JSON value
    """An object of a kind without pods."""
    metadata = meta()
    if cluster:
        del metadata["namespace"]
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **content}


def role(kind: str, **rule: Any) -> Content:  # noqa: ANN401 - any JSON value
    """A role with one rule."""
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], **rule}]
    return other(f"{_RBAC}/v1", kind, cluster=kind == "ClusterRole", rules=rules)


def role_binding(kind: str, to: str = "hash", subject: Content | None = None) -> Content:
    """A binding of one subject."""
    who = {"apiGroup": _RBAC, **subject} if subject else {"kind": "ServiceAccount", "name": "hash", "namespace": NAMESPACE}
    reference = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": to}
    return other(f"{_RBAC}/v1", kind, cluster=kind == "ClusterRoleBinding", roleRef=reference, subjects=[who])


def service(**spec: Any) -> Content:  # noqa: ANN401 - any JSON value
    """A Service."""
    return other("v1", "Service", spec={"selector": {"a": "b"}, "ports": [{"port": 80}], **spec})


def network_policy(**spec: Any) -> Content:  # noqa: ANN401 - any JSON value
    """A NetworkPolicy."""
    return other("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}, **spec})


def ingress(rules: Sequence[Content], tls: Sequence[Content] | None) -> Content:
    """An Ingress."""
    paths = {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "a", "port": {"number": 80}}}}]}
    return other("networking.k8s.io/v1", "Ingress", spec={"rules": [{**rule, "http": paths} for rule in rules], "tls": tls})


def namespace(labels: Content | None) -> Content:
    """A namespace of another name than the throw-away one."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": OTHER, "labels": labels}}


def autoscaler(**bounds: Any) -> Content:  # noqa: ANN401 - any JSON value
    """A HorizontalPodAutoscaler."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "hash"}
    return other(
        "autoscaling/v2", "HorizontalPodAutoscaler", spec={"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 10, **bounds}
    )


def token_secret() -> Content:
    """A Secret that the token controller would fill with a token without end."""
    made = other("v1", "Secret", type="kubernetes.io/service-account-token")
    made["metadata"]["annotations"] = {"kubernetes.io/service-account.name": "hash"}
    return made


def living_pod() -> Content:
    """A pod that is made for real, for ephemeral containers to join; its gate keeps it from ever being started."""
    made = with_pod("Pod", pod() | {"schedulingGates": [{"name": "portcullis.local/never"}]})
    made["metadata"]["name"] = "living"
    return made
