"""Ratios of what was measured side by side, and the goals that must really be missed when they are."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import settings, workspace
from pipeline.load import comparison, figures
from pipeline.load.comparison import Step
from pipeline.load.subjects import BARE, CLUSTER, TEXTBOOK, Subject
from pipeline.workspace import ROOT
from tests.pipeline.load.test_figures import GOOD

SETTINGS = replace(settings.load(ROOT), load_most=1000, load_bare_percent=50, load_textbook_times=3)
CALM = figures.of([replace(GOOD, sent=100 + number / 100) for number in range(200)])


def step(subject: str, rate: int, cpu: float = 1.0, **change: float) -> Step:
    found = replace(CALM, requests=rate * 6, per_second=float(rate), **change)  # type: ignore[arg-type]
    return Step(subject, rate, found, cpu, proxy=0.6)


GOOD_STEPS = [step(CLUSTER, 1000), step(BARE, 2000, 2.0), step(TEXTBOOK, 500, 1.5)]


def judged(*steps: Step) -> list[str]:
    return comparison.judge(steps, SETTINGS, comparison.GOALS)


def test_goals_that_are_just_reached_are_green_and_told() -> None:
    assert judged(*GOOD_STEPS) == []
    told = comparison.sentence(GOOD_STEPS)
    assert told == "held 1000/s, p99 2.0 ms, 50 % of a bare process's, 3.0 times a textbook's requests per CPU second"


def test_a_cluster_that_is_too_slow_misses_both_of_its_goals() -> None:
    assert judged(step(CLUSTER, 900), *GOOD_STEPS[1:]) == [
        "900/s can be held, promised are 1000",
        "the cluster holds 45 % of the bare process's rate, the goal is 50",
    ]


def test_a_service_that_costs_too_much_misses_its_goal() -> None:
    assert judged(GOOD_STEPS[0], step(BARE, 2000, 2.1), GOOD_STEPS[2]) == [
        "2.9 times the textbook's requests per CPU second, the goal is 3",
    ]


@pytest.mark.parametrize("missing", [CLUSTER, BARE, TEXTBOOK])
def test_a_service_that_was_not_measured_reaches_no_goal(missing: str) -> None:
    assert judged(*(each for each in GOOD_STEPS if each.subject != missing))


@pytest.mark.parametrize("change", [{"failed": 1}, {"p99": 251.0}])
def test_a_rate_with_a_failure_or_a_queue_is_not_held(change: dict[str, float]) -> None:
    assert step(CLUSTER, 1000).held
    assert not step(CLUSTER, 1000, **change).held
    assert comparison.best([step(CLUSTER, 500), step(CLUSTER, 1000, **change)], CLUSTER) == step(CLUSTER, 500)


@given(st.lists(st.tuples(st.sampled_from([250, 500, 1000]), st.sampled_from([0, 1])), max_size=8))
def test_the_best_step_is_held_and_none_held_is_higher(tries: list[tuple[int, int]]) -> None:
    steps = [step(CLUSTER, rate, failed=failed) for rate, failed in tries]
    held = [each.rate for each in steps if each.held]
    found = comparison.best(steps, CLUSTER)
    assert (found.rate if found else None) == max(held, default=None)


def climbed(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str, int, int], Step], *names: str) -> list[tuple[str, int]]:
    """Climb with measured steps replaced by what `answer` says of a service, a rate and the number of the try."""
    asked: list[tuple[str, int]] = []

    def measured(_place: object, subject: Subject, rate: int, _seconds: int) -> Step:
        asked.append((subject.name, rate))
        return answer(subject.name, rate, asked.count((subject.name, rate)))

    monkeypatch.setattr(comparison, "_step", measured)
    services = [Subject(name, "http://127.0.0.1:1", lambda: lambda: 0.0) for name in names]
    steps = list(comparison.climb(workspace.locate(), services, (1, 2, 3), seconds=1))
    assert len(steps) == len(asked)
    return asked


def test_all_services_are_asked_in_turn_at_each_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = climbed(monkeypatch, lambda name, rate, _: step(name, rate), "a", "b")
    assert asked == [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3), ("b", 3)]


def test_a_late_rate_is_tried_again_and_a_failed_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(name: str, rate: int, number: int) -> Step:
        if name == "failing":
            return step(name, rate, failed=1)
        return step(name, rate, p99=999.0 if number == 1 and rate == 2 else 2.0)

    assert climbed(monkeypatch, answer, "failing", "late") == [("failing", 1), ("late", 1), ("late", 2), ("late", 2), ("late", 3)]


def test_who_is_late_twice_is_asked_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(name: str, rate: int, _number: int) -> Step:
        return step(name, rate, p99=999.0)

    assert climbed(monkeypatch, answer, "late") == [("late", 1), ("late", 1)]


def test_the_table_has_a_line_for_every_step() -> None:
    drawn: Sequence[Step] = GOOD_STEPS
    assert comparison.table(drawn).row_count == 3
