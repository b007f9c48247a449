"""Answers become numbers that hide nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.load import figures
from pipeline.load.generator import Answer

GOOD = Answer(sent=100.0, seconds=0.002, status=200, error="", right=True, commit="a" * 40, instance="pod-1")


def series(*changes: dict[str, object]) -> list[Answer]:
    return [replace(GOOD, sent=100.0 + number / 10, **change) for number, change in enumerate(changes)]  # type: ignore[arg-type]


def test_a_good_load_has_no_failures() -> None:
    found = figures.of(series({}, {"instance": "pod-2"}, {"commit": "b" * 40}, {}))
    assert (found.requests, found.failed, found.wrong, found.instances) == (4, 0, 0, 2)
    assert found.per_second == 10.0
    assert found.commits == {"a" * 40: 3, "b" * 40: 1}
    assert found.error_rate == 0


def test_no_answer_a_bad_status_and_a_wrong_digest_all_fail() -> None:
    answers = series({"status": 0, "right": False, "error": "refused"}, {"status": 503, "right": False}, {"right": False}, {})
    found = figures.of(answers)
    assert (found.failed, found.wrong, found.error_rate) == (3, 1, 0.75)
    assert found.commits == {"a" * 40: 1}
    assert figures.reasons(answers) == ["1 x refused", "1 x status 503, body wrong", "1 x status 200, body wrong"]


def test_a_load_that_was_never_sent_is_an_error() -> None:
    with pytest.raises(ValueError, match="no request was sent"):
        figures.of([])


@given(st.lists(st.floats(0, 10), min_size=1), st.floats(0.1, 100))
def test_a_percentile_was_measured_and_covers_its_share(times: list[float], share: float) -> None:
    ordered = sorted(round(time, 2) for time in times)
    found = figures.percentile(ordered, share)
    assert found in ordered
    assert sum(time <= found for time in ordered) >= len(ordered) * share / 100 - 1e-9


@given(st.lists(st.sampled_from(["ok", "bad"]), min_size=1))
def test_failures_are_counted_one_by_one(kinds: list[str]) -> None:
    changes: dict[str, dict[str, object]] = {"ok": {}, "bad": {"status": 500, "right": False}}
    found = figures.of(series(*(changes[kind] for kind in kinds)))
    assert found.failed == kinds.count("bad")
    assert sum(found.commits.values()) == kinds.count("ok")


def test_a_reason_is_the_same_whatever_was_asked_for() -> None:
    """Errors as vegeta 12.13 passed them on from Go's client."""
    errors = [
        'Get "http://127.0.0.1:21399/hash/60": read tcp 127.0.0.1:40735->127.0.0.1:21399: read: connection reset by peer',
        'Get "http://127.0.0.1:21399/hash/63": read tcp 127.0.0.1:40831->127.0.0.1:21399: read: connection reset by peer',
        'Get "http://127.0.0.1:21399/hash/7": EOF',
    ]
    answers = series(*({"status": 0, "right": False, "error": error} for error in errors))
    assert figures.reasons(answers) == ["2 x read: connection reset by peer", "1 x EOF"]
