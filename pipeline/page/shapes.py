"""The geometry of charts: from values in time, some of them missing, to SVG path data. A gap in the data is a gap in the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from pipeline.page import scale

WIDTH = 1000.0  # of a drawing's own coordinates; the page stretches them to the room there is

Values = Sequence[float | None]


def runs(values: Values) -> list[tuple[int, int]]:
    """First and last index of each stretch without a gap."""
    numbered = groupby(enumerate(values), key=lambda pair: scale.finite(pair[1]) is not None)
    stretches = [[index for index, _ in group] for known, group in numbered if known]
    return [(stretch[0], stretch[-1]) for stretch in stretches]


def gaps(several: Sequence[Values], count: int) -> list[tuple[int, int]]:
    """First and last index of each stretch in which none of them has a value."""
    known = [any(scale.finite(values[index]) is not None for values in several) for index in range(count)]
    return runs([None if each else 0.0 for each in known])


def across(index: float, count: int) -> float:
    """Where the point of that index lies between left and right."""
    return scale.place(index, max(count - 1, 1), WIDTH)


def line(values: Values, most: float, height: float) -> str:
    """A line through the values; a lonely one becomes a dot."""
    parts = []
    for first, last in runs(values):
        points = [_point(index, values[index] or 0.0, most, height, len(values)) for index in range(first, last + 1)]
        parts.append("M" + "L".join([*points, points[0]] if first == last else points))
    return "".join(parts)


def steps(values: Values, most: float, height: float) -> str:
    """As `line`, for what keeps its value until it jumps."""
    parts = []
    for first, last in runs(values):
        points = [_point(first, values[first] or 0.0, most, height, len(values))]
        for index in range(first + 1, last + 1):
            before, now = values[index - 1] or 0.0, values[index] or 0.0
            points += [_point(index, before, most, height, len(values))] if before != now else []
            points.append(_point(index, now, most, height, len(values)))
        parts.append("M" + "L".join([*points, points[0]] if first == last else points))
    return "".join(parts)


def area(lower: Values, upper: Values, most: float, height: float) -> str:
    """The area between two lines that have their gaps together."""
    parts = []
    for first, last in runs(upper):
        forth = [_point(index, upper[index] or 0.0, most, height, len(upper)) for index in range(first, last + 1)]
        back = [_point(index, lower[index] or 0.0, most, height, len(upper)) for index in range(last, first - 1, -1)]
        parts.append("M" + "L".join([*forth, *back]) + "Z")
    return "".join(parts)


def stack(several: Sequence[Values]) -> list[tuple[list[float | None], list[float | None]]]:
    """Lower and upper edge of each layer. Where none has a value all have a gap; where one has not, its layer has no height."""
    if not several:
        return []
    holes = {index for first, last in gaps(several, len(several[0])) for index in range(first, last + 1)}
    base: list[float | None] = [None if index in holes else 0.0 for index in range(len(several[0]))]
    layers = []
    for values in several:
        upper = [None if under is None else under + (scale.finite(value) or 0.0) for under, value in zip(base, values, strict=True)]
        layers.append((base, upper))
        base = upper
    return layers


def _point(index: int, value: float, most: float, height: float, count: int) -> str:
    return f"{across(index, count):g} {height - scale.place(value, most, height):g}"
