from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import workspace
from pipeline.errors import UsageError
from pipeline.monitoring import objectives, rules
from pipeline.monitoring.objectives import Burn, Objective

AVAILABILITY = {"percent": 99.9, "feels": "errors", "total": "t", "bad": 't{status=~"5.."}'}
BURN = {"severity": "page", "times": 14.4, "long": "1h", "short": "5m"}


def table(**changes: object) -> dict[str, object]:
    return {"requests": 'job="x"', "days": 30, "objective": {"availability": AVAILABILITY}, "burn": [BURN]} | changes


def test_what_is_committed_is_what_would_be_generated() -> None:
    stale = [path.name for path, text in rules.generated(workspace.ROOT).items() if path.read_text("utf-8") != text]
    assert stale == [], "run `python -m pipeline rules`"


def test_the_burn_rates_are_those_of_the_workbook() -> None:
    found = objectives.load(workspace.ROOT)
    availability, latency = found.objectives
    assert [burn.share(availability) for burn in found.burns] == [0.1, 0.0144, 0.006, 0.003, 0.001]
    assert [burn.share(latency) for burn in found.burns] == [0.1, 0.144, 0.06, 0.03, 0.01]
    pairs = [(burn.severity, burn.long, burn.short) for burn in found.burns[1:]]
    assert pairs == [("page", "1h", "5m"), ("page", "6h", "30m"), ("ticket", "1d", "2h"), ("ticket", "3d", "6h")]


def test_a_total_failure_is_paged_within_two_minutes() -> None:
    found = objectives.load(workspace.ROOT)
    scrape, decided, delivered = 5, objectives.STEP_SECONDS, 10
    for objective in found.objectives:
        soonest = min(objectives.reacts_after(burn, objective, 1.0) for burn in found.burns)
        assert soonest + scrape + decided + delivered <= 120


def test_half_of_the_requests_failing_is_paged_within_two_minutes_too() -> None:
    found = objectives.load(workspace.ROOT)
    assert max(min(objectives.reacts_after(burn, each, 0.5) for burn in found.burns) for each in found.objectives) + 25 <= 120


@pytest.mark.parametrize(
    "changes",
    [
        {"objective": {}},
        {"burn": []},
        {"objective": {"availability": AVAILABILITY | {"percent": 100}}},
        {"objective": {"availability": AVAILABILITY | {"good": "also"}}},
        {"objective": {"availability": AVAILABILITY | {"bad": ""}}},
        {"objective": {"availability": AVAILABILITY | {"planted": 1}}},
        {"burn": [BURN | {"short": "1h"}]},
        {"burn": [BURN | {"long": "31d"}]},
        {"burn": [BURN | {"long": "an hour"}]},
        {"burn": [BURN | {"failing": 10}]},
        {"burn": [BURN | {"times": 0}]},
        {"burn": [BURN | {"times": 1000}]},
        {"objective": []},
        {"days": "a month"},
    ],
)
def test_objectives_that_mean_nothing_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        objectives.parse(table(**changes))


def test_a_missing_file_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"objectives\.toml is not readable"):
        objectives.load(tmp_path)


@given(st.floats(0.01, 1), st.floats(0.01, 1))
def test_the_more_fails_the_sooner_it_is_told(one: float, other: float) -> None:
    objective, burn = Objective("a", 99.9, "", "t", bad="b"), Burn("page", "1h", "5m", times=14.4)
    soon, late = (objectives.reacts_after(burn, objective, bad) for bad in (max(one, other), min(one, other)))
    assert soon <= late


def test_every_window_that_an_alert_names_is_recorded_once() -> None:
    groups = objectives.groups(objectives.load(workspace.ROOT))
    every = [rule for group in groups for rule in group["rules"]]
    recorded = [rule["record"] for rule in every if "record" in rule and "labels" not in rule]
    assert len(recorded) == len(set(recorded))
    named = {
        word for rule in every if "alert" in rule for word in rule["expr"].replace("{", " ").split() if word.startswith("slo:bad:ratio")
    }
    assert named <= set(recorded)
