"""What the service's instances use: CPU time and memory, as the node's container runtime counts them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline import engine
from pipeline.errors import CommandError
from pipeline.workspace import Workspace

_NAMESPACE_LABEL = "io.kubernetes.pod.namespace"


@dataclass(frozen=True)
class Usage:
    """CPU seconds since an instance began, and its memory in MiB now, by container ID."""

    cpu: Mapping[str, float]
    memory: Mapping[str, float]

    def cpu_since(self, earlier: Usage) -> float:
        """CPU seconds used since `earlier`. An instance that is new counts from its start; what one that ended used last is unknown."""
        return sum(seconds - earlier.cpu.get(name, 0.0) for name, seconds in self.cpu.items())


def of_namespace(place: Workspace, namespace: str) -> Usage:
    """Ask the node's runtime (CRI ListContainerStats). Raises `CommandError` when it tells of no container in the namespace."""
    said = engine.in_node(place, "crictl", "stats", "--output=json").stdout
    found = parse(json.loads(said), namespace)
    if not found.cpu:
        raise CommandError(f"the node's runtime counts nothing for namespace {namespace}", fix="nox -s deploy")
    return found


def parse(answer: Mapping[str, Any], namespace: str) -> Usage:
    """Pick the namespace's containers out of what `crictl stats` printed. One that has just begun, or is about to end, has no sample."""
    mine = [
        each
        for each in answer["stats"]
        if each["attributes"]["labels"].get(_NAMESPACE_LABEL) == namespace and each.get("cpu") and each.get("memory")
    ]
    return Usage(
        {each["attributes"]["id"]: int(each["cpu"]["usageCoreNanoSeconds"]["value"]) / 1e9 for each in mine},
        {each["attributes"]["id"]: int(each["memory"]["workingSetBytes"]["value"]) / (1 << 20) for each in mine},
    )
