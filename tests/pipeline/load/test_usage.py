"""What the node's runtime counts, as crictl 1.36 printed it (shortened)."""

from typing import Any

from pipeline.load import usage


def stats(name: str, namespace: str, cpu: int, memory: int) -> dict[str, Any]:
    labels = {"io.kubernetes.pod.namespace": namespace}
    cpus, bytes_ = {"usageCoreNanoSeconds": {"value": str(cpu)}}, {"workingSetBytes": {"value": str(memory)}}
    return {"attributes": {"id": name, "labels": labels}, "cpu": cpus, "memory": bytes_}


def test_only_the_namespaces_own_containers_count() -> None:
    found = usage.parse({"stats": [stats("a", "hash", 2_000_000_000, 3 << 20), stats("b", "kube-system", 9, 9)]}, "hash")
    assert (found.cpu, found.memory) == ({"a": 2.0}, {"a": 3.0})


def test_a_new_instance_counts_from_its_start_and_one_that_went_not_at_all() -> None:
    before, after = usage.Usage({"a": 1.0, "gone": 5.0}, {}), usage.Usage({"a": 1.5, "new": 7.0}, {})
    assert after.cpu_since(before) == 7.5


def test_a_container_that_was_not_measured_yet_is_left_out() -> None:
    begun = stats("b", "hash", 1, 1)
    for part in ("cpu", "memory"):
        unmeasured = {name: value for name, value in begun.items() if name != part}
        assert usage.parse({"stats": [stats("a", "hash", 10**9, 1 << 20), unmeasured]}, "hash") == usage.Usage({"a": 1.0}, {"a": 1.0})
