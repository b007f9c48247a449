"""Whether ten instances and the platform fit into the cluster's memory, as the cluster itself counts it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline import kubectl
from pipeline.errors import CommandError
from pipeline.workspace import Workspace

_MIB = 1 << 20
_UNITS = {"": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "k": 10**3, "M": 10**6, "G": 10**9}
_QUANTITY = re.compile(r"(\d+)(|Ki|Mi|Gi|k|M|G)")


@dataclass(frozen=True)
class Capacity:
    """Memory in MiB: what the cluster has, what its programs use now, what the instances do of that, and what they may use at most."""

    counted: int
    """Instances that the metrics server has measured."""
    has: int
    used: int
    instances: int
    limits: int

    @property
    def room(self) -> int:
        """Per cent of the cluster's memory that is left when every instance has grown to its limit and all else is as it is."""
        return round(100 * (self.has - self.used - max(self.limits - self.instances, 0)) / self.has)


def of_cluster(place: Workspace, namespace: str) -> Capacity:
    """Read the metrics API and the pods. What is new is not measured at once: `counted` says how many instances are."""
    nodes = _metrics(place, "nodes")
    pods = _metrics(place, f"namespaces/{namespace}/pods")
    living = kubectl.get(place, "-n", namespace, "pods")
    used = sum(memory(node["usage"]) for node in nodes)
    instances = sum(memory(container["usage"]) for pod in pods for container in pod["containers"])
    limits = sum(memory(container["resources"]["limits"]) for pod in living for container in pod["spec"]["containers"])
    return Capacity(len(pods) if used else 0, place.settings.cluster_memory_mb, used // _MIB, instances // _MIB, limits // _MIB)


def _metrics(place: Workspace, path: str) -> list[Mapping[str, Any]]:
    answer = json.loads(kubectl.run(place, "get", "--raw", f"/apis/metrics.k8s.io/v1beta1/{path}").stdout)
    return list(answer.get("items", []))


def memory(quantities: Mapping[str, str]) -> int:
    """Read `memory` in bytes. Raises `CommandError` for what is no quantity of bytes.

    Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """
    found = _QUANTITY.fullmatch(quantities.get("memory", ""))
    if found is None:
        raise CommandError(f"memory is {quantities.get('memory')!r}, which is no number of bytes", fix="nox -s cluster")
    return int(found[1]) * _UNITS[found[2]]
