"""Numbers are short, carry their unit, and a missing one is a word."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.page import quantity


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.0, "per second", "0/s"),
        (36.42, "per second", "36.4/s"),
        (12345.6, "per second", "12\u202f346/s"),
        (0.00095, "seconds", "0.95 ms"),
        (0.0251, "seconds", "25.1 ms"),
        (90.0, "seconds", "90 s"),
        (600.0, "seconds", "10 min"),
        (7200.0, "seconds", "2 h"),
        (1.0, "ratio", "100 %"),
        (0.9999999, "ratio", "99.999 %"),
        (0.999, "ratio", "99.9 %"),
        (0.000001, "ratio", "<\u202f0.001 %"),
        (-0.5, "ratio", "-50 %"),
        (0.0, "ratio", "0 %"),
        (42 * 2**20, "bytes", "42 MiB"),
        (0.0096, "cores", "9.6 mCPU"),
        (2.0, "cores", "2 cores"),
        (14.4, "times", "14.4\u00d7"),
        (3.0, "count", "3"),
    ],
)
def test_a_value_is_written_as_people_read_it(value: float, unit: str, shown: str) -> None:
    assert quantity.show(value, unit) == shown


@pytest.mark.parametrize("unit", sorted(quantity._UNITS))
@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_said_to_be_missing(value: float | None, unit: str) -> None:
    assert quantity.show(value, unit) == "no data"


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(sorted(quantity._UNITS)))
def test_every_number_can_be_written(value: float, unit: str) -> None:
    assert quantity.show(value, unit) not in {"", "no data"}


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_a_share_is_never_rounded_to_none_or_to_all(value: float) -> None:
    assert quantity.share(value) not in {"0 %", "100 %"}
