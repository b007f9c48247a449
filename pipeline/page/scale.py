"""Where a value belongs on an axis, and which values deserve a mark: round ones, few of them."""

from __future__ import annotations

import math
from collections.abc import Iterable

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_ROUND_SECONDS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


def finite(value: float | None) -> float | None:
    """The value, or None for what is no number: Prometheus answers NaN and +Inf where it has nothing to say."""
    return value if value is not None and math.isfinite(value) else None


def place(value: float, most: float, length: float) -> float:
    """Where `value` lies between 0 and `length`, when `most` lies at its end; what lies beyond stays at the edge."""
    return round(min(max(value / most, 0.0), 1.0) * length, 2) if most > 0 else 0.0


def ticks(most: float, count: int = 3, *, binary: bool = False) -> list[float]:
    """Round values from 0 up to the first at or above `most`, about `count` steps; bytes are round in powers of 1024 (`binary`)."""
    most = min(most, 1e300) if math.isfinite(most) else 0.0  # beyond, a step would not be a number any more
    if binary:
        unit = 1024.0 ** max(math.floor(math.log(most, 1024)), 0) if most >= 1 else 1.0
        return [value * unit for value in ticks(most / unit, count)]
    if most <= 1e-9:  # noqa: PLR2004 - nothing that is measured here is as small
        return [0.0, 1.0]
    rough = most / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in _STEPS if each * power >= rough * (1 - 1e-9))
    return [step * index for index in range(math.ceil(most / step * (1 - 1e-9)) + 1)]


def highest(values: Iterable[float | None]) -> float:
    """The largest number among the values, 0 when there is none."""
    return max((value for value in map(finite, values) if value is not None), default=0.0)


def moments(start: float, end: float, count: int = 5) -> list[float]:
    """Round times between two, at most `count` of them."""
    step = next((each for each in _ROUND_SECONDS if (end - start) / each <= count), _ROUND_SECONDS[-1])
    first = math.ceil(start / step)
    return [float(step * index) for index in range(first, math.floor(end / step) + 1)][: count + 1]
