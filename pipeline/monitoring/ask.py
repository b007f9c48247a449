"""The stage `ask`: what a person at night wants to know of Prometheus and Alertmanager, without a port, a proxy or a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from pipeline import console
from pipeline.monitoring import query
from pipeline.monitoring.query import Sample
from pipeline.stage import Run


def ask(run: Run) -> None:
    """Show the alerts that there are, or with words after `--` the value of that expression."""
    watch = query.find(run.workspace)
    if run.arguments:
        found = watch.instant(" ".join(run.arguments))
        shown, run.summary = series(found), f"{len(found)} series"
    else:
        alerts = watch.alerts()
        shown, run.summary = active(alerts), f"{len(alerts)} alerts; docs/runbook.md has a section for each"
    console.show(shown)


def series(found: Sequence[Sample]) -> Table:
    """Draw one line per series, the largest value first."""
    drawn = Table(pad_edge=False)
    drawn.add_column("series", overflow="fold")
    drawn.add_column("value", justify="right")
    for each in sorted(found, key=lambda one: -one.value):
        drawn.add_row(", ".join(f"{name}={value}" for name, value in sorted(each.labels.items())) or "-", f"{each.value:.6g}")
    return drawn


def active(alerts: Sequence[Mapping[str, Any]]) -> Table:
    """Draw one line per alert: pages first, and what another one holds back last."""
    drawn = Table(pad_edge=False)
    for heading in ("severity", "alert", "since", "what it means", "held back"):
        drawn.add_column(heading, overflow="fold")
    order = {"page": 0, "ticket": 1, "none": 2}
    for each in sorted(alerts, key=lambda one: (bool(one["status"]["inhibitedBy"]), order.get(one["labels"].get("severity", ""), 3))):
        labels, held = each["labels"], "yes" if each["status"]["inhibitedBy"] else ""
        drawn.add_row(labels.get("severity", ""), labels["alertname"], each["startsAt"][:19], each["annotations"].get("summary", ""), held)
    return drawn
