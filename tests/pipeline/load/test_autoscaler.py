"""What the autoscaler says of itself, and what is kept of it while it is away."""

from typing import Any

import pytest

from pipeline.load import autoscaler
from pipeline.load.autoscaler import Sample

ACTIVE = [{"type": "AbleToScale", "status": "True"}, {"type": "ScalingActive", "status": "True"}]
METRIC = [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 42, "averageValue": "21m"}}}]


def said(**status: object) -> dict[str, Any]:
    return {"status": {"currentReplicas": 2, "desiredReplicas": 8, "conditions": ACTIVE, "currentMetrics": METRIC} | status}


def test_a_sample_has_instances_and_metric() -> None:
    assert autoscaler.read(said(), 5.0) == Sample(5.0, 2, 8, 42)
    idle = [{"resource": {"current": {"averageUtilization": 0}}}]
    assert autoscaler.read(said(currentMetrics=idle), 5.0).percent == 0


@pytest.mark.parametrize(
    "status",
    [
        {"currentMetrics": None},
        {"currentMetrics": [{"type": "", "resource": {}}]},
        {"conditions": [{"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric"}]},
        {"conditions": []},
    ],
)
def test_a_metric_that_is_missing_or_cannot_be_used_is_unknown(status: dict[str, Any]) -> None:
    assert autoscaler.read(said(**status), 5.0).percent is None


def test_an_autoscaler_without_status_knows_nothing() -> None:
    assert autoscaler.read({}, 5.0) == Sample(5.0, 0, 0, None)


def test_it_comes_back_as_it_was_written() -> None:
    written = {"kind": "HorizontalPodAutoscaler", "spec": {"minReplicas": 2}}
    metadata = {"name": "hash", "namespace": "hash", "labels": {"a": "b"}, "annotations": {"c": "d"}}
    found = written | {"metadata": metadata | {"uid": "1", "resourceVersion": "2", "managedFields": []}} | said()
    assert autoscaler.renewed(found) == written | {"metadata": metadata}
