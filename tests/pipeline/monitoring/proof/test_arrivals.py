import pytest

from pipeline.monitoring.proof import arrivals
from pipeline.monitoring.proof.arrivals import Arrival


def heard(at: float, name: str, *, firing: bool = True, group: str = "g", **labels: str) -> Arrival:
    return Arrival(at, group, firing, {"alertname": name, **labels})


def test_a_notification_holds_several_alerts() -> None:
    content = {
        "groupKey": "{}:{layer='service'}",
        "alerts": [{"status": "firing", "labels": {"alertname": "A"}}, {"status": "resolved", "labels": {"alertname": "B"}}],
    }
    found = arrivals.read([{"number": 1, "arrived": "2026-01-02T03:04:05.123456789Z", "content": content}])
    assert [(each.name, each.firing, each.group) for each in found] == [
        ("A", True, "{}:{layer='service'}"),
        ("B", False, "{}:{layer='service'}"),
    ]
    assert found[0].at == pytest.approx(1767323045.123456)


@pytest.mark.parametrize(("text", "seconds"), [("1970-01-01T00:00:01Z", 1.0), ("1970-01-01T00:00:01.5Z", 1.5)])
def test_times_come_with_as_many_digits_as_go_has_for_them(text: str, seconds: float) -> None:
    assert arrivals.moment(text) == seconds


def test_the_first_arrival_after_a_moment_counts() -> None:
    every = [heard(1, "A"), heard(5, "A", firing=False), heard(7, "A", window="5m"), heard(8, "A", window="1h")]
    assert arrivals.first(every, {"alertname": "A"}, firing=True, since=2) == 7
    assert arrivals.first(every, {"alertname": "A", "window": "1h"}, firing=True, since=0) == 8
    assert arrivals.first(every, {"alertname": "A"}, firing=False, since=6) is None
    assert arrivals.first(every, {"alertname": "B"}, firing=True, since=0) is None


def test_what_is_told_together_is_one_page_and_tickets_are_none() -> None:
    every = [
        heard(1, "A", severity="page"),
        heard(2, "B", severity="page"),
        heard(2, "C", severity="ticket", group="t"),
        heard(3, "D", severity="page", group="h", firing=False),
        heard(9, "E", severity="page", group="h"),
    ]
    assert arrivals.pages(every, 0, 5) == {"g": {"A", "B"}}
