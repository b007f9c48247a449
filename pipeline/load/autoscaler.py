"""The autoscaler, watched and for a time overruled: who owns the number of instances must be asked to let go of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pipeline import kubectl
from pipeline.errors import FindingError
from pipeline.load import background
from pipeline.load.changes import NAMESPACE
from pipeline.workspace import Workspace

_AUTOSCALER = "horizontalpodautoscaler/hash"
_EVERY_SECONDS, _CALM_SECONDS = 2.0, 300.0
_WRITTEN = {"name", "namespace", "labels", "annotations"}


@dataclass(frozen=True)
class Sample:
    """What the autoscaler said at one time: instances now and wanted, and the CPU use in per cent that it goes by (None: unknown)."""

    time: float
    current: int
    wanted: int
    percent: int | None


def read(hpa: Mapping[str, Any], now: float) -> Sample:
    """Read a HorizontalPodAutoscaler. The metric is unknown when its value is missing or the autoscaler says that it cannot scale by it."""
    status = hpa.get("status", {})
    active = any(each["type"] == "ScalingActive" and each["status"] == "True" for each in status.get("conditions", []))
    values = [each.get("resource", {}).get("current", {}).get("averageUtilization") for each in status.get("currentMetrics") or []]
    percent = next((int(value) for value in values if value is not None), None) if active else None
    return Sample(now, int(status.get("currentReplicas", 0)), int(status.get("desiredReplicas", 0)), percent)


def sample(place: Workspace) -> Sample:
    """Ask for one sample now."""
    (hpa,) = kubectl.get(place, "-n", NAMESPACE, _AUTOSCALER)
    return read(hpa, time.time())


def await_calm(place: Workspace, instances: int) -> Sample:
    """Return once the metric is known and `instances` run: after a change it has none at first. Raises `FindingError` past the limit."""
    deadline = time.monotonic() + _CALM_SECONDS
    while True:
        seen = sample(place)
        if seen.percent is not None and (seen.current, seen.wanted) == (instances, instances):
            return seen
        if time.monotonic() > deadline:
            raise FindingError(f"after {_CALM_SECONDS:.0f} s the autoscaler has {seen}", fix="nox -s deploy, then look at its events")
        time.sleep(_EVERY_SECONDS)


@contextmanager
def away(place: Workspace) -> Iterator[None]:
    """Take the autoscaler away for the time of the block: admission lets nobody change its bounds.

    One that a killed run did not bring back is planned by the next `nox -s deploy`.
    """
    (hpa,) = kubectl.get(place, "-n", NAMESPACE, _AUTOSCALER)
    kubectl.run(place, "-n", NAMESPACE, "delete", _AUTOSCALER)
    try:
        yield
    finally:
        # Not `apply`, which would rewrite the annotation that Terraform goes by.
        kubectl.run(place, "create", "--validate=false", "--filename=-", stdin=json.dumps(renewed(hpa)))


def renewed(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object as somebody would write it: without what the API server added. Terraform's annotation stays."""
    kept = {name: value for name, value in item["metadata"].items() if name in _WRITTEN}
    return {name: value for name, value in item.items() if name != "status"} | {"metadata": kept}


@contextmanager
def watched(place: Workspace) -> Iterator[list[Sample]]:
    """Take samples while the block runs."""
    samples: list[Sample] = []

    def work(done: threading.Event) -> None:
        while not done.wait(_EVERY_SECONDS):
            samples.append(sample(place))

    with background.running(work):
        yield samples
