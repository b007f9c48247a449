"""Axes begin at zero, reach every value, and bear round numbers."""

import math

from hypothesis import given
from hypothesis import strategies as st

from pipeline.page import scale


@given(st.floats(-1e300, 1e300), st.floats(0, 1e300), st.floats(0, 5000))
def test_a_place_is_always_within_its_length(value: float, most: float, length: float) -> None:
    assert 0 <= scale.place(value, most, length) <= round(length, 2)


@given(st.floats(1e-6, 1e15), st.booleans())
def test_ticks_begin_at_zero_and_reach_the_highest_value(most: float, binary: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    ticks = scale.ticks(most, binary=binary)
    assert ticks[0] == 0
    assert ticks == sorted(set(ticks))
    assert 2 <= len(ticks) <= 6
    assert ticks[-1] >= most * (1 - 1e-6)
    assert ticks[-2] < most


@given(st.sampled_from([0.0, -1.0, math.nan, math.inf, -math.inf]))
def test_without_a_value_there_is_still_an_axis(most: float) -> None:
    assert scale.ticks(most) == [0.0, 1.0]


def test_bytes_are_round_in_their_own_units() -> None:
    assert scale.ticks(42 * 2**20, binary=True) == [0.0, 20.0 * 2**20, 40.0 * 2**20, 60.0 * 2**20]


@given(st.floats(1.7e9, 1.9e9), st.integers(60, 7 * 86400))
def test_moments_are_round_and_within_the_time(start: float, length: int) -> None:
    moments = scale.moments(start, start + length)
    assert len(moments) <= 8
    assert all(start <= when <= start + length and when % 15 == 0 for when in moments)


@given(st.lists(st.none() | st.floats()))
def test_the_highest_is_a_number(values: list[float | None]) -> None:
    assert math.isfinite(scale.highest(values))
