"""Numbers as people read them: few digits, the unit beside them, and a word where there is no number."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

MISSING = "no data"
_MANY, _HUNDRED, _TEN = 1000, 100, 10
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def show(value: float | None, unit: str) -> str:
    """Write a value in its unit, `no data` for one that is missing or no number."""
    if value is None or not math.isfinite(value):
        return MISSING
    return _UNITS[unit](value)


def number(value: float) -> str:
    """Three digits that matter, thousands parted by a narrow space."""
    size = abs(value)
    if size >= _HUNDRED or value == int(value):
        return f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    digits = 1 if size >= _TEN else 2 if size >= 1 else 3
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


def share(value: float) -> str:
    """A ratio in percent; one just below 100 % is never rounded up to it, one just above 0 never down."""
    percent = _HUNDRED * value
    if 0 < percent < 0.001 or 99.999 < percent < _HUNDRED:  # noqa: PLR2004 - what three decimals can tell
        return "<\N{NARROW NO-BREAK SPACE}0.001 %" if percent < 1 else "99.999 %"
    places = 3 if percent < 0.1 or 99.9 <= percent < _HUNDRED else 1  # noqa: PLR2004
    return f"{percent:.{places}f}".rstrip("0").rstrip(".") + " %"


def seconds(value: float) -> str:
    """A time: from microseconds to days."""
    size = abs(value)
    if size >= _DAY:
        return f"{number(value / _DAY)} d"
    if size >= _HOUR:
        return f"{number(value / _HOUR)} h"
    if size >= 2 * _MINUTE:
        return f"{number(value / _MINUTE)} min"
    if size >= 1 or size == 0:
        return f"{number(value)} s"
    return f"{number(value * 1000)} ms"


def size(value: float) -> str:
    """Bytes in the binary units."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024:  # noqa: PLR2004 - the step of binary units
            return f"{number(round(value, 1))} {unit}"
        value /= 1024
    return f"{number(value)} TiB"


def cores(value: float) -> str:
    """Processor time per time: whole processors, or thousandths of one as Kubernetes counts them."""
    if abs(value) >= 1 or value == 0:
        return f"{number(value)} cores"
    thousandths = value * 1000
    return f"{number(round(thousandths, 1 if abs(thousandths) < _TEN else 0))} mCPU"


def clock(when: float) -> str:
    """The time of day, in UTC as everywhere in logs and metrics."""
    return datetime.fromtimestamp(when, UTC).strftime("%H:%M")


def moment(when: float) -> str:
    """Day and time."""
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


_UNITS: dict[str, Callable[[float], str]] = {
    "per second": lambda value: f"{number(value)}/s",
    "ratio": share,
    "seconds": seconds,
    "bytes": size,
    "cores": cores,
    "count": number,
    "times": lambda value: f"{number(value)}\N{MULTIPLICATION SIGN}",
}
