"""A leak is told from noise, steps and single outliers, however long the samples are."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.load import trend

EVERY = 5.0
SEEDS, COUNTS = st.integers(0, 10_000), st.integers(trend.FEWEST, 100)


def series(count: int, mib_per_hour: float, *, noise: float, seed: int) -> list[tuple[float, float]]:
    """A straight line with noise that is spread evenly and looks like none (multiples of the golden ratio)."""
    return [
        (number * EVERY, 30 + mib_per_hour * number * EVERY / 3600 + noise * (2 * math.modf((number + seed) * 0.6180339887)[0] - 1))
        for number in range(count)
    ]


@given(st.integers(60, 100), st.floats(60, 600), SEEDS)
def test_a_leak_is_seen_through_noise(count: int, mib_per_hour: float, seed: int) -> None:
    found = trend.of(series(count, mib_per_hour, noise=0.5, seed=seed))
    assert found.low > 10
    assert found.low <= found.slope <= found.high


@given(COUNTS, st.floats(-1000, 1000))
def test_a_straight_line_has_its_own_slope(count: int, mib_per_hour: float) -> None:
    found = trend.of(series(count, mib_per_hour, noise=0, seed=0))
    assert all(math.isclose(each, mib_per_hour, abs_tol=0.02) for each in (found.low, found.slope, found.high))


@given(st.lists(st.floats(29.5, 30.5), min_size=trend.FEWEST, max_size=100))
def test_noise_alone_favours_no_growth(values: list[float]) -> None:
    rising = trend.of([(number * EVERY, value) for number, value in enumerate(values)])
    falling = trend.of([(number * EVERY, -value) for number, value in enumerate(values)])
    # Whatever chance makes of it, the mirrored series has the mirrored interval.
    assert (rising.low, rising.high) == pytest.approx((-falling.high, -falling.low), abs=0.02)


@given(st.integers(40, 100), st.integers(1, 99), st.floats(0.5, 20))
def test_one_step_is_no_trend(count: int, at: int, height: float) -> None:
    at = min(at, count - 1)
    found = trend.of([(number * EVERY, 30 + height * (number >= at)) for number in range(count)])
    assert found.low <= 0


@given(COUNTS, st.floats(-1e6, 1e6))
def test_one_outlier_does_not_turn_a_flat_line(count: int, value: float) -> None:
    samples = [(number * EVERY, 30.0) for number in range(count)]
    assert trend.of([*samples[:-1], (samples[-1][0], value)]).slope == 0


def test_a_few_samples_prove_nothing() -> None:
    with pytest.raises(ValueError, match="11 samples are too few"):
        trend.of([(float(number), 1.0) for number in range(trend.FEWEST - 1)])


def test_samples_of_one_moment_prove_nothing() -> None:
    with pytest.raises(ValueError, match="of one moment"):
        trend.of([(5.0, float(number)) for number in range(20)])
