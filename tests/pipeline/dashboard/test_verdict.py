"""The verdict is the worst of what was found, and silence is never good news."""

from dataclasses import replace

import pytest

from pipeline.dashboard import stage, verdict
from pipeline.dashboard.alerts import Alert
from pipeline.dashboard.snapshot import Snapshot
from pipeline.dashboard.verdict import Verdict
from pipeline.page.chart import Series
from tests.pipeline.dashboard.test_snapshot import PLACE, Source


@pytest.fixture
def well() -> Snapshot:
    seen = stage.read(PLACE, Source(0.001), 600)
    calm = changed(changed(seen, "budget", Series("budget left", (0.9,))), "replicas", Series("wanted", (0.0,)))
    return replace(calm, targets=tuple(target for target in seen.targets if target.up))


def changed(seen: Snapshot, key: str, series: Series) -> Snapshot:
    panel, data = seen.charts[key]
    filled = replace(data, series=(replace(series, values=series.values * len(data.times)),))
    return replace(seen, charts={**seen.charts, key: (panel, filled)})


def test_a_service_without_a_fault_is_well(well: Snapshot) -> None:
    assert verdict.judge(well) == Verdict("ok", "The service is well", ())


def test_a_page_is_worse_than_a_ticket_and_stands_first(well: Snapshot) -> None:
    firing = (Alert("Slow", "ticket", "late answers", "", 0.0), Alert("Down", "page", "no answers", "", 0.0), *well.alerts)
    expected = Verdict("bad", "The service is not well", ("Down: no answers", "Slow: late answers"))
    assert verdict.judge(replace(well, alerts=firing)) == expected


def test_the_same_alert_of_many_is_one_reason(well: Snapshot) -> None:
    firing = (*(Alert("TargetDown", "ticket", "an instance is silent", "", 0.0),) * 3, *well.alerts)
    assert verdict.judge(replace(well, alerts=firing)).reasons == ("TargetDown (3 times): an instance is silent",)


def test_what_waits_or_is_silenced_is_no_reason(well: Snapshot) -> None:
    quiet = (Alert("A", "page", "x", "", 0.0, pending=True), Alert("B", "page", "x", "", 0.0, silenced=True), *well.alerts)
    assert verdict.judge(replace(well, alerts=quiet)).level == "ok"


def test_nothing_known_of_the_service_is_no_good_news(well: Snapshot) -> None:
    expected = Verdict("unknown", "Nobody can tell whether the service is well", ("Prometheus does not watch the service",))
    assert verdict.judge(replace(well, targets=())) == expected


@pytest.mark.parametrize(("left", "level"), [(-0.1, "bad"), (0.0, "bad"), (0.1, "warn"), (0.3, "ok")])
def test_a_used_up_budget_is_bad_and_a_small_one_wants_a_look(well: Snapshot, left: float, level: str) -> None:
    assert verdict.judge(changed(well, "budget", Series("budget left", (left,)))).level == level


def test_the_autoscaler_at_its_end_wants_a_look(well: Snapshot) -> None:
    assert verdict.judge(changed(well, "replicas", Series("wanted", (10.0,)))).reasons == (
        "the autoscaler is at its highest number of instances",
    )


def test_an_alarm_that_nobody_would_hear_is_a_reason(well: Snapshot) -> None:
    assert verdict.judge(replace(well, heard=False, alerts=())).reasons == (
        "Alertmanager does not answer: no alert would reach anybody",
        "the watchdog alert, which always fires, does not: alert rules are not evaluated",
    )
