"""Whether something grows: the Theil-Sen slope of samples over time, with its confidence interval.

The slope is the median of the slopes between all pairs of samples, so neither a collection of garbage nor one late sample moves it, and a
single step is no trend. Source: P. K. Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", JASA 63 (1968).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

FEWEST = 12
_TWO_SIDED_95 = 1.96
_HOUR = 3600.0


@dataclass(frozen=True)
class Trend:
    """What samples grow by in an hour, and the 95 % confidence interval of that."""

    samples: int
    slope: float
    low: float
    high: float


def of(samples: Sequence[tuple[float, float]]) -> Trend:
    """Judge pairs of time in seconds and value. Raises `ValueError` for fewer than `FEWEST`: they would prove nothing."""
    if len(samples) < FEWEST:
        raise ValueError(f"{len(samples)} samples are too few for a trend")
    slopes = sorted(
        (later - earlier) / (end - start) * _HOUR for (start, earlier), (end, later) in combinations(sorted(samples), 2) if end > start
    )
    if not slopes:
        raise ValueError("samples of one moment have no trend")
    count = len(samples)
    spread = _TWO_SIDED_95 * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    first = max(math.floor((len(slopes) - spread) / 2) - 1, 0)
    last = min(math.ceil((len(slopes) + spread) / 2), len(slopes) - 1)
    return Trend(count, round(statistics.median(slopes), 2), round(slopes[first], 2), round(slopes[last], 2))
