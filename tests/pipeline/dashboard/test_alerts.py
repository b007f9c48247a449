"""Alerts are ordered by how much they matter, and one that is kept silent is known to be."""

from typing import Any

import pytest

from pipeline.dashboard import alerts
from pipeline.dashboard.alerts import Alert
from pipeline.errors import ClusterError

SINCE = 1795528800.0  # 2026-11-24T14:00:00Z


def rule(name: str, severity: str, state: str = "firing", **notes: str) -> dict[str, Any]:
    active = {"labels": {"alertname": name, "severity": severity}, "annotations": notes, "state": state, "activeAt": "2026-11-24T14:00:00Z"}
    return {"name": name, "alerts": [active]}


def test_the_worst_comes_first_and_what_waits_comes_last() -> None:
    late = rule("Slow", "ticket", summary="late", runbook_url="docs/runbook.md#slow")
    assert alerts.read([rule("Waits", "page", "pending"), late, rule("Down", "page"), {"name": "x"}], []) == (
        Alert("Down", "page", "Down", "", SINCE),
        Alert("Slow", "ticket", "late", "docs/runbook.md#slow", SINCE),
        Alert("Waits", "page", "Waits", "", SINCE, pending=True),
    )


def test_a_silenced_page_wakes_nobody() -> None:
    kept = [{"labels": {"alertname": "Down", "severity": "page"}, "status": {"state": "suppressed"}}]
    (alert,) = alerts.read([rule("Down", "page")], kept)
    assert (alert.silenced, alert.pages) == (True, False)
    assert alerts.read([rule("Down", "page")], None)[0].pages


def test_the_watchdog_is_no_alarm_but_must_fire() -> None:
    read = alerts.read([rule("Watchdog", "none")], [])
    assert (alerts.serious(read), alerts.watched(read)) == ((), True)
    assert not alerts.watched(alerts.read([rule("Watchdog", "none", "pending")], []))


@pytest.mark.parametrize("broken", [[{"alerts": [{}]}], [{"alerts": [{"labels": None}]}], [{"alerts": 7}], ["x"]])
def test_what_is_no_list_of_alerts_is_one_line(broken: list[Any]) -> None:
    with pytest.raises(ClusterError, match="no alerts that can be read"):
        alerts.read(broken, None)
