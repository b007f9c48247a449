"""What pods may do and do: none but the few of kube-system that need it, each by name, does what Pod Security's `restricted` forbids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.harden.checks import Check, every, none
from pipeline.harden.documents import pod_security
from pipeline.harden.facts import Facts, Pod

CONTROL_PLANE = ("etcd-", "kube-apiserver-", "kube-controller-manager-", "kube-scheduler-")
NETWORK = ("kube-proxy-", "kube-router-")
# They talk to the API: their tokens are their only identity.
_WITH_TOKEN: Mapping[str, tuple[str, ...]] = {
    "kube-system": (*NETWORK, "coredns-", "metrics-server-"),
    "monitoring": ("kube-state-metrics-", "prometheus-"),
}

Sees = Callable[[Pod, dict[str, Any]], bool]


def only(what: str, sees: Sees, *allowed: str) -> Check:
    """`restricted` is in force, and no container does it but those of kube-system whose names begin so."""

    def find(facts: Facts) -> list[str]:
        return [
            f"{pod.namespace}/{pod.name}"
            for pod in facts.pods()
            if not (pod.namespace == "kube-system" and pod.name.startswith(allowed)) and any(sees(pod, each) for each in pod.containers)
        ]

    return every(pod_security, none(what, find))


def privileged(_pod: Pod, container: dict[str, Any]) -> bool:
    """It is as good as on the node itself."""
    return bool((container.get("securityContext") or {}).get("privileged"))


def host(field: str) -> Sees:
    """The pod shares a namespace of the node: hostPID, hostIPC, hostNetwork."""
    return lambda pod, _container: bool(pod.spec.get(field))


def escalates(_pod: Pod, container: dict[str, Any]) -> bool:
    """It may gain more privileges than it began with."""
    return (container.get("securityContext") or {}).get("allowPrivilegeEscalation") is not False


def root(pod: Pod, container: dict[str, Any]) -> bool:
    """It may run as root."""
    return pod.context(container, "runAsNonRoot") is not True


def raw_packets(_pod: Pod, container: dict[str, Any]) -> bool:
    """It can make packets with anybody's address."""
    capabilities = (container.get("securityContext") or {}).get("capabilities") or {}
    added, dropped = set(capabilities.get("add", [])), set(capabilities.get("drop", []))
    return bool(added & {"NET_RAW", "ALL"}) or not dropped & {"ALL", "NET_RAW"}


def adds_capabilities(_pod: Pod, container: dict[str, Any]) -> bool:
    """It has capabilities beyond the one that binds low ports."""
    added = ((container.get("securityContext") or {}).get("capabilities") or {}).get("add", [])
    return bool(set(added) - {"NET_BIND_SERVICE"})


def has_capabilities(_pod: Pod, container: dict[str, Any]) -> bool:
    """It does not drop all capabilities."""
    return "ALL" not in ((container.get("securityContext") or {}).get("capabilities") or {}).get("drop", [])


def windows_host(pod: Pod, container: dict[str, Any]) -> bool:
    """It is a Windows process of the node."""
    return bool((pod.context(container, "windowsOptions") or {}).get("hostProcess"))


def host_path(pod: Pod, _container: dict[str, Any]) -> bool:
    """It mounts a folder of the node."""
    return any("hostPath" in volume for volume in pod.spec.get("volumes", []))


def host_port(pod: Pod, container: dict[str, Any]) -> bool:
    """It takes a port of the node. With the node's network, every port is one and is judged as that."""
    return not pod.spec.get("hostNetwork") and any(port.get("hostPort") for port in container.get("ports", []))


def secret_variable(_pod: Pod, container: dict[str, Any]) -> bool:
    """It gets a Secret as an environment variable."""
    refs = [each.get("valueFrom", {}) for each in container.get("env", [])] + container.get("envFrom", [])
    return any("secretKeyRef" in each or "secretRef" in each for each in refs)


def unconfined(pod: Pod, container: dict[str, Any]) -> bool:
    """It asks for no seccomp profile at all."""
    return bool((pod.context(container, "seccompProfile") or {}).get("type") == "Unconfined")


def no_context(_pod: Pod, container: dict[str, Any]) -> bool:
    """It says nothing about its security."""
    return not container.get("securityContext")


def tokens(facts: Facts) -> list[str]:
    """Pods with a token for the API that need none."""
    found = []
    for pod in facts.pods():
        sources = [source for volume in pod.spec.get("volumes", []) for source in volume.get("projected", {}).get("sources", [])]
        needs = pod.name.startswith(_WITH_TOKEN.get(pod.namespace, ()))
        if any("serviceAccountToken" in source for source in sources) and not needs:
            found.append(f"{pod.namespace}/{pod.name}")
    return found


def default_accounts(facts: Facts) -> list[str]:
    """Default accounts that hand out their token, where the cluster has them from the start, and pods with one."""
    found = [
        f"{pod.namespace}/{pod.name} runs as default" for pod in facts.pods() if _is_default(pod) and pod.name in _named(tokens(facts))
    ]
    for account in facts.of("ServiceAccount"):
        space = account["metadata"]["namespace"]
        built_in = space == "default" or space.startswith("kube-")
        if account["metadata"]["name"] == "default" and built_in and account.get("automountServiceAccountToken") is not False:
            found.append(f"{space}/default hands out its token")
    return found


def _is_default(pod: Pod) -> bool:
    return bool(pod.spec.get("serviceAccountName", "default") == "default")


def _named(found: list[str]) -> set[str]:
    return {each.partition("/")[2] for each in found}


def in_default(facts: Facts) -> list[str]:
    """Pods and Services in the namespace `default`, beyond the API's own Service."""
    found = [f"pod {pod.name}" for pod in facts.pods() if pod.namespace == "default"]
    services = [each["metadata"] for each in facts.of("Service")]
    return found + [f"service {each['name']}" for each in services if each["namespace"] == "default" and each["name"] != "kubernetes"]


def unguarded(facts: Facts) -> list[str]:
    """Namespaces without a NetworkPolicy."""
    guarded = {each["metadata"]["namespace"] for each in facts.of("NetworkPolicy")}
    return [name for name in sorted(each["metadata"]["name"] for each in facts.of("Namespace")) if name not in guarded]


def unenforced(facts: Facts) -> list[str]:
    """Nodes on which no ready pod enforces NetworkPolicy."""
    enforcing = {
        each["spec"].get("nodeName")
        for each in facts.of("Pod")
        if each["metadata"]["namespace"] == "kube-system"
        and each["metadata"]["name"].startswith("kube-router-")
        and any("--run-firewall=true" in container.get("args", []) for container in each["spec"]["containers"])
        and any(state.get("type") == "Ready" and state.get("status") == "True" for state in each.get("status", {}).get("conditions", []))
    }
    return [each["metadata"]["name"] for each in facts.of("Node") if each["metadata"]["name"] not in enforcing] or (
        [] if facts.of("Node") else ["all"]
    )
