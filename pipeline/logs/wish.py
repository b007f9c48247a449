"""Which lines are wanted: the words after `--`, read strictly: a misspelt filter that matches everything would look like an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.errors import UsageError
from pipeline.logs.line import Line

USAGE = "nox -s logs -- [--since=10m] [--status=5xx] [--trace=ID] [--instance=NAME] [--limit=1000] [--json]"
_UNITS = {"s": 1, "m": 60, "h": 3600}
_LONGEST_SECONDS, _MOST_LINES = 7 * 24 * 3600, 100_000


@dataclass(frozen=True)
class Wish:
    """Lines not older than `seconds`, at most `limit` of them, the newest; by status, trace and instance; as JSON or for people."""

    seconds: int = 600
    status: str = ""
    trace: str = ""
    instance: str = ""
    limit: int = 1000
    json: bool = False

    @property
    def filtered(self) -> bool:
        """Whether lines are looked for, instead of the newest of all being shown."""
        return bool(self.status or self.trace)

    def wants(self, line: Line) -> bool:
        """Whether a line passes every filter."""
        return (
            (not self.status or (line.status is not None and _status_fits(self.status, line.status)))
            and (not self.trace or line.trace == self.trace)
            and (not self.instance or line.instance == self.instance)
        )


def parse(words: Sequence[str]) -> Wish:
    """Read the words after `--`. Raises `UsageError` naming the word at fault and what is possible."""
    given: dict[str, object] = {}
    for word in words:
        name, _, value = word.partition("=")
        if word == "--json":
            given["json"] = True
        elif name in _READERS and name.removeprefix("--") not in given:
            key, read = _READERS[name]
            given[key] = _read(read, name, value)
        else:
            raise UsageError(f"logs does not know {word[:60]!r}" if name not in _READERS else f"{name} is given twice", fix=USAGE)
    return Wish(**given)  # type: ignore[arg-type]


def _read(read: Callable[[str], object], name: str, value: str) -> object:
    try:
        return read(value)
    except ValueError as error:
        raise UsageError(f"{name}={value[:60]!r}: {error}", fix=USAGE) from None


def _since(value: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,6}[smh]", value, re.ASCII):
        raise ValueError("expected a number and s, m or h, such as 10m")
    seconds = int(value[:-1]) * _UNITS[value[-1]]
    if seconds > _LONGEST_SECONDS:
        raise ValueError("no log is kept for longer than 7 days (168h)")
    return seconds


def _status(value: str) -> str:
    if not re.fullmatch(r"[1-5](?:[0-9]{2}|xx)", value, re.ASCII):
        raise ValueError("expected a status such as 404, or a class such as 5xx")
    return value


def _trace(value: str) -> str:
    # https://www.w3.org/TR/trace-context/#trace-id: 16 bytes in lower-case hex, not all zero
    if not re.fullmatch(r"(?!0{32})[0-9a-f]{32}", value):
        raise ValueError("expected a trace id: 32 hex digits in lower case, not all zero")
    return value


def _instance(value: str) -> str:
    # https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", value):
        raise ValueError("expected the name of an instance (pod)")
    return value


def _limit(value: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,5}", value, re.ASCII) or int(value) > _MOST_LINES:
        raise ValueError(f"expected a number of lines from 1 to {_MOST_LINES}")
    return int(value)


def _status_fits(wanted: str, status: int) -> bool:
    return str(status)[:1] == wanted[0] if wanted.endswith("xx") else str(status) == wanted


_READERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "--since": ("seconds", _since),
    "--status": ("status", _status),
    "--trace": ("trace", _trace),
    "--instance": ("instance", _instance),
    "--limit": ("limit", _limit),
}
