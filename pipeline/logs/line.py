"""One line of log. The service writes JSON; what else a process prints, such as a traceback, is kept as text and never dropped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# Control characters would let a request write to the terminal of whoever reads the log (CWE-150).
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Line:
    """When it was written (the runtime's clock, RFC 3339), by which instance, and what: fields if it is JSON, else a text."""

    stamp: str
    instance: str
    fields: Mapping[str, Any]
    text: str = ""

    @property
    def status(self) -> int | None:
        """The status that was answered, None in a line that tells none."""
        found = self.fields.get("status")
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    @property
    def trace(self) -> str:
        """The trace that the request belongs to, empty for none."""
        return str(self.fields.get("trace") or "")

    @property
    def order(self) -> tuple[float, str]:
        """Sorts lines in time; the runtime's stamps have nanoseconds and their zeros are cut, so that texts do not sort."""
        return moment(self.stamp), self.stamp.removesuffix("Z")


def parse(raw: str, instance: str) -> Line | None:
    """Read a line as `kubectl logs --timestamps` prints it; None for one without a stamp, which is the rest of a line cut by a limit."""
    stamp, _, text = raw.partition(" ")
    if not moment(stamp):
        return None
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    return Line(stamp, instance, told) if isinstance(told, dict) else Line(stamp, instance, {}, text)


def moment(stamp: str) -> float:
    """Unix time of a stamp, 0 for what is none."""
    try:
        return datetime.fromisoformat(stamp).timestamp() if stamp[:4].isdigit() and "T" in stamp else 0.0
    except (ValueError, OverflowError):
        return 0.0


def merged(streams: Iterable[Iterable[Line]]) -> list[Line]:
    """All lines in the order of time."""
    return sorted((line for stream in streams for line in stream), key=lambda line: line.order)


def as_json(line: Line) -> str:
    """One JSON object: the service's own fields, and the instance whose log it stood in."""
    body = dict(line.fields) if line.fields else {"time": line.stamp, "text": line.text}
    return json.dumps(body | {"instance": line.instance})


def for_people(line: Line) -> str:
    """Time, instance, status, milliseconds, request, trace; then whatever else the line has to say."""
    if not line.fields:
        return _printable(f"{line.stamp[11:23]}  {line.instance}  {line.text}")
    known = ("time", "method", "route", "status", "duration_ms", "instance", "commit", "trace")
    rest = (
        f"{key}={value}"
        for key, value in line.fields.items()
        if key not in known and value not in {"", None}
        if isinstance(value, str | int | float)
    )
    request = f"{line.fields.get('method', '-')} {line.fields.get('route', '-')}"
    parts = [
        str(line.fields.get("time", line.stamp))[11:23],
        line.instance,
        str(line.fields.get("status", "-")),
        f"{line.fields.get('duration_ms', '-')} ms".rjust(10),
        request.ljust(22),
        line.trace or "-",
        str(line.fields.get("commit", ""))[:12],
        *rest,
    ]
    return _printable("  ".join(parts).rstrip())


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def newest(lines: list[Line], limit: int) -> Iterator[Line]:
    """The last `limit` of them, in order."""
    yield from lines[-limit:]
