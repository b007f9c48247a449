"""What is alarming now, as Prometheus and Alertmanager tell it.

Source: https://prometheus.io/docs/prometheus/latest/querying/api/#rules,
https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.errors import ClusterError

WATCHDOG = "Watchdog"
_ORDER = {"page": 0, "critical": 0, "ticket": 1, "warning": 1}


@dataclass(frozen=True)
class Alert:
    """One alert: what a user feels, how bad it is, since when, where to read on, and whether it still waits or is kept silent."""

    name: str
    severity: str
    summary: str
    runbook: str
    since: float
    pending: bool = False
    silenced: bool = False

    @property
    def pages(self) -> bool:
        """Whether somebody is woken by it."""
        return not self.pending and not self.silenced and _ORDER.get(self.severity, 2) == 0


def read(rules: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]] | None) -> tuple[Alert, ...]:
    """Join Prometheus' rules with what Alertmanager knows (None: it did not answer), the worst first. Raises `ClusterError`."""
    try:
        kept = {_identity(each["labels"]) for each in known or [] if each["status"]["state"] == "suppressed"}
        active = [each for rule in rules for each in rule.get("alerts", [])]
        found = [_alert(each, _identity(each["labels"]) in kept) for each in active]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ClusterError("Prometheus answered no alerts that can be read", fix="nox -s monitor") from error
    return tuple(sorted(found, key=lambda alert: (alert.pending, _ORDER.get(alert.severity, 2), alert.since, alert.name)))


def serious(alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """All but the watchdog, which always fires, and what is only for information."""
    return tuple(alert for alert in alerts if alert.name != WATCHDOG and alert.severity not in {"none", "info"})


def watched(alerts: Sequence[Alert]) -> bool:
    """Whether the watchdog fires, as it must for as long as rules are evaluated."""
    return any(alert.name == WATCHDOG and not alert.pending for alert in alerts)


def _alert(told: Mapping[str, Any], silenced: bool) -> Alert:  # noqa: FBT001 - one of seven fields
    labels, notes = told["labels"], told.get("annotations", {})
    return Alert(
        str(labels["alertname"]),
        str(labels.get("severity", "")),
        str(notes.get("summary") or notes.get("description") or labels["alertname"]),
        str(notes.get("runbook_url", "")),
        datetime.fromisoformat(str(told["activeAt"])).timestamp(),
        told["state"] == "pending",
        silenced,
    )


def _identity(labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())
