from dataclasses import replace

import pytest

from pipeline.monitoring.proof import verdict
from pipeline.monitoring.proof.arrivals import Arrival
from pipeline.monitoring.proof.faults import Fault
from pipeline.monitoring.proof.verdict import Line, Made

SEVERITIES = {"Down": "page", "Slow": "page", "Few": "ticket"}


def nothing(_: object) -> None:
    pass


FAULT = Fault("all is lost", ({"alertname": "Down"}, {"alertname": "Few"}), nothing, nothing, held_back=({"alertname": "Slow"},))
MADE = Made(FAULT, 100.0, 200.0)


def heard(at: float, name: str, *, firing: bool = True, group: str = "g") -> Arrival:
    return Arrival(at, group, firing, {"alertname": name, "severity": SEVERITIES.get(name, "none")})


def test_seconds_are_counted_from_the_fault_and_from_its_end() -> None:
    every = [heard(90, "Down"), heard(130, "Down"), heard(150, "Few"), heard(190, "Few", firing=False), heard(230.04, "Down", firing=False)]
    assert verdict.lines(MADE, every, SEVERITIES) == [
        Line("Down", "page", "all is lost", 30.0, 30.0),
        Line("Few", "ticket", "all is lost", 50.0, None),
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (Line("Down", "page", "f", None, None), "Down did not arrive (f)"),
        (Line("Down", "page", "f", 121.0, 10.0), "Down arrived after 121 s, allowed are 120"),
        (Line("Few", "ticket", "f", 121.0, None), "Few was not told to be over within 360 s"),
        (Line("Few", "ticket", "f", 121.0, 361.0), "Few was not told to be over within 360 s"),
    ],
)
def test_what_is_late_or_lacking_is_told(line: Line, fault: str) -> None:
    assert verdict.faults([line]) == [fault]


def test_what_is_in_time_is_no_fault() -> None:
    assert verdict.faults([Line("Down", "page", "f", 120.0, 360.0), Line("Few", "ticket", "f", 240.0, 0.5)]) == []


def test_an_event_is_over_by_itself_perhaps_before_the_others_are_undone() -> None:
    made = replace(MADE, fault=Fault("a knock", ({"alertname": "Few"},), nothing))
    assert verdict.lines(made, [heard(110, "Few"), heard(180, "Few", firing=False)], SEVERITIES) == [
        Line("Few", "ticket", "a knock", 10.0, 70.0)
    ]


def test_one_cause_is_one_page() -> None:
    assert verdict.grouping(MADE, [heard(130, "Down"), heard(140, "Few", group="t")], SEVERITIES) == []


@pytest.mark.parametrize(
    ("others", "fault"),
    [
        ([heard(140, "Slow")], "Slow arrived, though it only follows (all is lost)"),
        ([heard(140, "Down", group="h")], "2 pages for one cause (all is lost): ['Down']"),
    ],
)
def test_a_second_page_for_one_cause_is_a_fault(others: list[Arrival], fault: str) -> None:
    assert fault in verdict.grouping(MADE, [heard(130, "Down"), *others], SEVERITIES)


def test_a_page_that_never_came_is_no_page() -> None:
    assert verdict.grouping(MADE, [], SEVERITIES) == ["0 pages for one cause (all is lost): []"]


def test_the_longest_silence_of_the_watchdog_is_found() -> None:
    every = [heard(110, "Watchdog"), heard(170, "Watchdog"), heard(175, "Down")]
    assert verdict.silence(every, 100, 200) == 60
    assert verdict.silence([], 100, 200) == 100
