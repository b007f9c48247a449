from pipeline import workspace
from pipeline.monitoring import rules
from pipeline.monitoring.proof import faults, stage

ALERTS = {rule["alert"] for rule in rules.alerts(workspace.ROOT)}
CAUSED = {alert["alertname"] for wave in faults.waves() for fault in wave.faults for alert in fault.alerts}


def test_every_alert_is_caused_or_said_to_take_hours() -> None:
    assert CAUSED | set(faults.TESTED_ONLY) | {"Watchdog"} == ALERTS
    assert not CAUSED & set(faults.TESTED_ONLY)


def test_what_is_held_back_is_an_alert_too() -> None:
    held = {alert["alertname"] for wave in faults.waves() for fault in wave.faults for alert in fault.held_back}
    assert held <= ALERTS


def test_each_page_is_caused_by_a_fault_of_its_own() -> None:
    pages = {rule["alert"] for rule in rules.alerts(workspace.ROOT) if rule["labels"]["severity"] == "page"}
    for wave in faults.waves():
        assert sum(bool(pages & {alert["alertname"] for alert in fault.alerts}) for fault in wave.faults) <= 1


def test_one_alert_can_be_chosen() -> None:
    (wave,) = stage._selected(faults.waves(), "CrashLoop")
    assert [fault.what for fault in wave.faults] == ["a dozen pods beside the service: one crashes, one leaks"]
    assert stage._selected(faults.waves(), "") == faults.waves() or len(stage._selected(faults.waves(), "")) == len(faults.waves())
