"""Reads what stages of any version have left: a value that is missing or of another kind is nothing, and never an exception."""

from __future__ import annotations

import math
from typing import Any

_MOST = 1e300  # beyond, sums and axes overflow


def find(value: Any, *path: str) -> Any:  # noqa: ANN401 - any JSON value has any JSON value in it
    """What lies behind the keys, None where one of them leads nowhere."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def number(value: Any, *path: str) -> float | None:  # noqa: ANN401
    """The finite number behind the keys."""
    found = find(value, *path)
    known = isinstance(found, int | float) and not isinstance(found, bool) and abs(found) < _MOST
    return float(found) if known and math.isfinite(found) else None


def count(value: Any, *path: str) -> int:  # noqa: ANN401
    """The whole number behind the keys, 0 where there is none."""
    return int(number(value, *path) or 0)


def text(value: Any, *path: str) -> str:  # noqa: ANN401
    """The text behind the keys, empty where there is none."""
    found = find(value, *path)
    return found if isinstance(found, str) else ""


def rows(value: Any, *path: str) -> list[dict[str, Any]]:  # noqa: ANN401
    """The objects of a list behind the keys."""
    found = find(value, *path)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def texts(value: Any, *path: str) -> list[str]:  # noqa: ANN401
    """The texts of a list behind the keys."""
    found = find(value, *path)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def length(value: Any, *path: str) -> int:  # noqa: ANN401
    """How many there are in the list behind the keys."""
    found = find(value, *path)
    return len(found) if isinstance(found, list) else 0


def table(value: Any, *path: str) -> dict[str, Any]:  # noqa: ANN401
    """The object behind the keys, empty where there is none."""
    found = find(value, *path)
    return found if isinstance(found, dict) else {}
