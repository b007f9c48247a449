"""What is wrong with a monitoring, told from what its parts say."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.monitoring import verify
from pipeline.monitoring.verify import Declared
from pipeline.workspace import ROOT

MANIFESTS = ROOT / "terraform" / "monitoring" / "manifests"
WANTED = Declared(frozenset({"hash", "kubelet"}), ("Watchdog", "level"))
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


def target(job: str, health: str = "up", error: str = "") -> dict[str, Any]:
    return {"labels": {"job": job, "instance": "a"}, "health": health, "lastError": error}


def rule(name: str, health: str = "ok", error: str = "") -> dict[str, Any]:
    return {"name": name, "health": health, "lastError": error}


def test_a_target_that_is_down_is_told_in_its_own_words_and_a_job_without_one_by_name() -> None:
    assert verify.targets([target("hash"), target("kubelet")], WANTED) == []
    found = [target("hash"), target("hash", "down", "connection refused"), target("other", "unknown")]
    assert verify.targets(found, WANTED) == [
        "target hash a is down: connection refused",
        "target other a is unknown: not asked",
        "job kubelet has no target",
    ]


@pytest.mark.parametrize(
    ("found", "faults"),
    [
        ([rule("Watchdog"), rule("level")], []),
        ([rule("Watchdog"), rule("level", "err", "many-to-many")], ["rule level is err: many-to-many"]),
        ([rule("Watchdog", "unknown"), rule("level")], ["rule Watchdog was not evaluated yet"]),
        ([rule("Watchdog")], ["1 rules are loaded, declared are 2"]),
        ([rule("Watchdog"), rule("Watchdog"), rule("level")], ["3 rules are loaded, declared are 2"]),
        ([], ["0 rules are loaded, declared are 2"]),
    ],
)
def test_rules_are_the_declared_ones_and_none_fails(found: list[dict[str, Any]], faults: list[str]) -> None:
    assert verify.rules(found, WANTED) == faults


def heard(arrived: str, alert: str = "Watchdog", status: str = "firing") -> dict[str, Any]:
    return {"arrived": arrived, "content": {"alerts": [{"labels": {"alertname": alert}, "status": status}]}}


@pytest.mark.parametrize(
    ("notifications", "faults"),
    [
        ([heard("2026-11-24T11:58:00.123456789Z")], []),
        ([heard("2026-11-24T11:30:00Z"), heard("2026-11-24T11:59:59.5Z")], []),
        ([heard("2026-11-24T11:57:00Z")], ["the pager heard the watchdog last 11:57:00"]),
        ([heard("2026-11-24T11:59:00Z", alert="Other")], ["the pager has not heard the watchdog"]),
        ([heard("2026-11-24T11:59:00Z", status="resolved")], ["the pager has not heard the watchdog"]),
        ([], ["the pager has not heard the watchdog"]),
    ],
)
def test_the_watchdog_has_to_be_heard_and_not_long_ago(notifications: list[dict[str, Any]], faults: list[str]) -> None:
    assert verify.watchdog(notifications, NOW) == faults


@pytest.mark.parametrize(
    ("memory", "series", "faults"),
    [
        ({"a": 399e6, "b": 1e6}, 19_999, []),
        ({"a": 399e6, "b": 2e6}, 100, ["the parts use 401 MB, allowed are 400"]),
        ({"a": 1e6}, 100, ["nobody knows the memory of b"]),
        ({"a": 1e6, "b": 1e6}, 20_000, ["Prometheus holds 20000 series, allowed are 1 to 20000"]),
        ({"a": 1e6, "b": 1e6}, 0, ["Prometheus holds 0 series, allowed are 1 to 20000"]),
    ],
)
def test_memory_and_series_have_bounds_and_no_figure_is_no_pass(memory: dict[str, float], series: float, faults: list[str]) -> None:
    assert verify.bounds(memory, series, ["a", "b"]) == faults


def test_what_this_tree_declares() -> None:
    found = verify.declared(ROOT)
    assert found.jobs >= {"hash", "prometheus", "alertmanager", "pager", "kube-state-metrics", "apiserver", "kubelet", "cadvisor"}
    assert verify.WATCHDOG in found.rules


def kustomization() -> dict[str, Any]:
    return dict(yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text()))


def test_every_file_of_rules_is_brought_to_the_cluster() -> None:
    (generator,) = [each for each in kustomization()["configMapGenerator"] if each["name"] == "rules"]
    assert sorted(generator["files"]) == sorted(f"rules/{path.name}" for path in (MANIFESTS / "rules").glob("*.yaml"))


def test_every_job_says_how_many_series_it_may_bring_and_checks_certificates() -> None:
    for job in yaml.safe_load((MANIFESTS / "prometheus" / "prometheus.yaml").read_text())["scrape_configs"]:
        assert 0 < job["sample_limit"] <= 3000, job["job_name"]
        assert "insecure_skip_verify" not in job.get("tls_config", {})
        assert (job.get("scheme") == "https") == bool(job.get("tls_config", {}).get("ca_file"))


def limits(path: Path) -> tuple[str, str]:
    (container,) = yaml.safe_load(path.read_text())["spec"]["template"]["spec"]["containers"]
    return container["resources"]["limits"]["memory"], container["name"]


def test_what_the_parts_may_use_together_is_what_the_stage_allows() -> None:
    found = {name: int(size.removesuffix("Mi")) << 20 for size, name in (limits(MANIFESTS / f"{part}.yaml") for part in PARTS)}
    assert sum(found.values()) <= verify.MEMORY * 1.01
    quota, _ = yaml.safe_load_all((MANIFESTS / "quota.yaml").read_text())
    assert sum(found.values()) <= int(quota["spec"]["hard"]["limits.memory"].removesuffix("Mi")) << 20


PARTS = ("alertmanager", "kube-state-metrics", "pager", "prometheus")
