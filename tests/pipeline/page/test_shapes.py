"""The geometry stays in its box, holds no word that is no number, and draws nothing where nothing is known."""

import itertools
import math
import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.page import shapes

VALUES = st.lists(st.none() | st.floats(), min_size=1, max_size=60)
TOP = st.floats(1e-9, 1e12)


def points(path: str) -> list[tuple[float, float]]:
    """The points of path data, which is made of M, L, Z and pairs of numbers."""
    pairs = [pair.split(" ") for pair in re.split("[MLZ]", path) if pair]
    return [(float(x), float(y)) for x, y in pairs]


@given(VALUES, TOP)
def test_lines_and_steps_stay_in_their_box(values: list[float | None], most: float) -> None:
    for draw in (shapes.line, shapes.steps):
        assert all(0 <= x <= shapes.WIDTH and 0 <= y <= 150 for x, y in points(draw(values, most, 150)))


@given(VALUES, TOP)
def test_a_line_has_a_point_for_each_known_value_and_none_for_a_gap(values: list[float | None], most: float) -> None:
    known = [index for index, value in enumerate(values) if value is not None and math.isfinite(value)]
    drawn = {x for x, _ in points(shapes.line(values, most, 150))}
    assert drawn == {float(f"{shapes.across(index, len(values)):g}") for index in known}


@given(VALUES)
def test_runs_and_gaps_share_all_moments_between_them(values: list[float | None]) -> None:
    both = sorted([*shapes.runs(values), *shapes.gaps([values], len(values))])
    assert [index for first, last in both for index in range(first, last + 1)] == list(range(len(values)))


def test_a_missing_value_is_a_gap_and_no_zero() -> None:
    assert shapes.line([1.0, None, 1.0, 1.0], 1.0, 100) == "M0 0L0 0M666.67 0L1000 0"


@given(st.integers(1, 20).flatmap(lambda n: st.lists(st.lists(st.none() | st.floats(0, 1e6), min_size=n, max_size=n), max_size=5)), TOP)
def test_layers_lie_on_each_other(several: list[list[float | None]], most: float) -> None:
    layers = shapes.stack(several)
    for (_, upper), (lower, _) in itertools.pairwise(layers):
        assert upper == lower
    for lower, upper in layers:
        assert all(0 <= x <= shapes.WIDTH and 0 <= y <= 150 for x, y in points(shapes.area(lower, upper, most, 150)))
    if layers:
        highest = layers[-1][1]
        assert [value is None for value in highest] == [all(each[index] is None for each in several) for index in range(len(highest))]
