"""What has to hold of a deployed monitoring, judged from what its parts say themselves. Nothing here touches the cluster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MEMORY = 400_000_000
"""Bytes that all parts together may use (working sets, as the kubelet has them)."""
SERIES = 20_000
"""Series that Prometheus may hold."""
WATCHDOG = "Watchdog"
_HEARD_WITHIN = dt.timedelta(minutes=3)


@dataclass(frozen=True)
class Declared:
    """What the tree says is watched: the jobs of Prometheus, and the names of its alerts and recording rules."""

    jobs: frozenset[str]
    rules: tuple[str, ...]


def declared(root: Path) -> Declared:
    """Read configuration and rules of the tree in `root`."""
    folder = root / "terraform" / "monitoring" / "manifests"
    configuration = yaml.safe_load((folder / "prometheus" / "prometheus.yaml").read_text("utf-8"))
    files = sorted((folder / "rules").glob("*.yaml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text("utf-8"))["groups"]]
    names = sorted(_name(rule) for group in groups for rule in group["rules"])
    return Declared(frozenset(each["job_name"] for each in configuration["scrape_configs"]), tuple(names))


def _name(rule: Mapping[str, Any]) -> str:
    return str(rule.get("alert") or rule.get("record"))


def targets(found: Iterable[Mapping[str, Any]], wanted: Declared) -> list[str]:
    """What is wrong with the targets: one that is down, with its own words, or a job that has none."""
    known = list(found)
    faults = [
        f"target {each['labels']['job']} {each['labels'].get('instance', '')} is {each['health']}: {each.get('lastError') or 'not asked'}"
        for each in known
        if each["health"] != "up"
    ]
    return faults + [f"job {job} has no target" for job in sorted(wanted.jobs - {each["labels"]["job"] for each in known})]


def rules(found: Iterable[Mapping[str, Any]], wanted: Declared) -> list[str]:
    """What is wrong with the rules: one that fails, or is not the declared ones."""
    known = list(found)
    faults = [f"rule {each['name']} is {each['health']}: {each.get('lastError', '')}" for each in known if each["health"] == "err"]
    faults += [f"rule {each['name']} was not evaluated yet" for each in known if each["health"] == "unknown"]
    names = sorted(str(each["name"]) for each in known)
    return faults if names == list(wanted.rules) else [*faults, f"{len(names)} rules are loaded, declared are {len(wanted.rules)}"]


def watchdog(notifications: Sequence[Mapping[str, Any]], now: dt.datetime) -> list[str]:
    """What is wrong with the dead man's switch: nothing when the pager heard it within the last minutes."""
    heard = [
        _time(each["arrived"])
        for each in notifications
        if any(alert["labels"]["alertname"] == WATCHDOG and alert["status"] == "firing" for alert in each["content"]["alerts"])
    ]
    if heard and now - max(heard) < _HEARD_WITHIN:
        return []
    return [f"the pager heard the watchdog last {max(heard):%H:%M:%S}" if heard else "the pager has not heard the watchdog"]


def bounds(memory: Mapping[str, float], series: float, parts: Iterable[str]) -> list[str]:
    """What is out of bounds: the working sets of all parts together, or the number of series; a part without a figure is a fault."""
    faults = [f"nobody knows the memory of {part}" for part in sorted(set(parts) - set(memory))]
    if (total := sum(memory.values())) > MEMORY:
        faults.append(f"the parts use {total / 1e6:.0f} MB, allowed are {MEMORY / 1e6:.0f}")
    if not 0 < series < SERIES:
        faults.append(f"Prometheus holds {series:.0f} series, allowed are 1 to {SERIES}")
    return faults


def _time(text: str) -> dt.datetime:
    """RFC 3339 with Go's nanoseconds, of which Python takes six digits."""
    head, _, rest = text.removesuffix("Z").partition(".")
    return dt.datetime.fromisoformat(f"{head}.{rest[:6]:0<6}+00:00")
