"""Whether the cluster is healthy: the node is where it should be and can be reached, and every part of the cluster is ready."""

from __future__ import annotations

from pipeline import engine, kubectl
from pipeline.cluster import ports
from pipeline.errors import CommandError
from pipeline.workspace import Workspace


def faults(place: Workspace) -> list[str]:
    """Return what keeps the cluster from being healthy; empty when nothing does."""
    container = engine.container(place.name)
    if (networks := list(container["NetworkSettings"]["Networks"])) != [place.name]:
        return [f"the node is on {' and '.join(networks) or 'no network'}, expected {place.name} alone"]
    if dead := ports.dead(container):
        return [f"nobody listens at port {dead[0]} of 127.0.0.1, which leads to the node"]
    try:
        nodes = kubectl.get(place, "nodes")
        pods = kubectl.get(place, "-n", "kube-system", "pods")
        services = kubectl.get(place, "apiservices", "v1beta1.metrics.k8s.io")
    except CommandError as error:
        return [f"the API does not answer: {error.what}"]
    return judge(nodes, pods, services)


def judge(nodes: list[dict[str, object]], pods: list[dict[str, object]], services: list[dict[str, object]]) -> list[str]:
    """Return what is not ready among nodes, the pods of kube-system and the metrics API."""
    found = [f"node {_name(each)} is not ready" for each in nodes if not _condition(each, "Ready")]
    found += [f"pod {_name(each)} is not ready" for each in pods if not _condition(each, "Ready")]
    found += [f"{_name(each)} is not available" for each in services if not _condition(each, "Available")]
    for part in ("coredns", "kube-router", "kube-proxy", "metrics-server"):
        if not any(_name(pod).startswith(part) for pod in pods):
            found.append(f"{part} has no pod")
    return found


def _name(item: dict[str, object]) -> str:
    metadata = item.get("metadata")
    return str(metadata.get("name")) if isinstance(metadata, dict) else ""


def _condition(item: dict[str, object], kind: str) -> bool:
    status = item.get("status")
    conditions = status.get("conditions", []) if isinstance(status, dict) else []
    return any(each.get("type") == kind and each.get("status") == "True" for each in conditions)
