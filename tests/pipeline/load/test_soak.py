"""What a long load must not show: growth, restarts, failures, or too little of anything to tell."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import workspace
from pipeline.errors import CommandError, UsageError
from pipeline.load import figures, soak
from pipeline.load.soak import Watched
from pipeline.load.usage import Usage
from pipeline.workspace import Workspace
from tests.pipeline.load.test_figures import GOOD
from tests.pipeline.load.test_trend import series

CALM = figures.of([replace(GOOD, sent=100 + number / 100) for number in range(200)])
FLAT = {"a": series(100, 0, noise=0.3, seed=1), "b": series(100, 0, noise=0.3, seed=2)}


def judged(watched: Watched, total: figures.Figures = CALM, wanted: int = 200) -> tuple[str, ...]:
    return soak.judge(watched, total, fewest=2, wanted=wanted).faults


def test_flat_memory_and_good_answers_pass() -> None:
    found = soak.judge(Watched(FLAT), CALM, fewest=2, wanted=200)
    assert (found.faults, set(found.trends)) == ((), {"a", "b"})


@given(st.floats(60, 2000), st.integers(0, 2**32))
def test_one_instance_that_leaks_is_red(mib_per_hour: float, seed: int) -> None:
    (fault,) = judged(Watched({**FLAT, "c": series(100, mib_per_hour, noise=0.3, seed=seed)}))
    assert fault.startswith("memory of c grows by +")


def test_what_grows_during_the_warm_up_only_is_no_leak() -> None:
    grown = [(when, 20 + min(when, soak._WARM_UP_SECONDS) / 9) for when, _ in FLAT["a"]]
    assert judged(Watched({**FLAT, "c": grown})) == ()


def test_an_instance_that_came_late_is_not_judged_and_does_not_count() -> None:
    late = series(20, 900, noise=0, seed=0)  # 100 s, of which 90 are warm-up
    assert judged(Watched({**FLAT, "c": late})) == ()
    assert judged(Watched({"a": FLAT["a"], "c": late})) == ("1 instances were seen long enough, expected at least 2",)


def test_restarts_failures_and_a_load_that_was_not_sent_are_red() -> None:
    assert judged(Watched(FLAT, restarts=(4, 6))) == ("instances were restarted 2 times",)
    assert judged(Watched(FLAT, restarts=(4, 4))) == ()
    assert judged(Watched(FLAT), replace(CALM, failed=1)) == ("1 of 200 requests failed",)
    assert judged(Watched(FLAT), CALM, 1000) == ("200 requests were sent, meant were 1000",)


def test_a_sample_that_the_node_misses_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now, calls = [100.0], [0]

    def pass_time(seconds: float) -> None:
        now[0] += seconds

    def of_namespace(_place: Workspace, _namespace: str) -> Usage:
        calls[0] += 1
        if calls[0] == 2:
            raise CommandError("context deadline exceeded", fix="")
        return Usage({}, {"a": float(calls[0])})

    monkeypatch.setattr("pipeline.load.soak.time.monotonic", lambda: now[0])
    monkeypatch.setattr("pipeline.load.soak.time.time", lambda: now[0])
    monkeypatch.setattr("pipeline.load.soak.time.sleep", pass_time)
    monkeypatch.setattr("pipeline.load.soak.usage.of_namespace", of_namespace)
    monkeypatch.setattr(soak, "restarts", lambda _place: 3)
    assert soak.watch(workspace.locate(), 15.0) == Watched({"a": [(100.0, 1.0), (110.0, 3.0)]}, (3, 3))


@pytest.mark.parametrize(("words", "minutes"), [((), 10), (("--minutes=3",), 3), (("--minutes=14",), 14)])
def test_the_time_can_be_chosen(words: tuple[str, ...], minutes: int) -> None:
    assert soak.minutes(words) == minutes


@pytest.mark.parametrize("word", ["--minutes=2", "--minutes=15", "--minutes=", "--minutes=x", "--minutes=²", "5", "--long"])
def test_another_word_is_one_line(word: str) -> None:
    with pytest.raises(UsageError, match="is not understood"):
        soak.minutes((word,))


def test_the_table_names_every_instance() -> None:
    trends = soak.judge(Watched(FLAT), CALM, fewest=2, wanted=200).trends
    assert soak.table({**FLAT, "c": series(3, 0, noise=0, seed=0)}, trends).row_count == 3
