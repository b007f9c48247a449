"""Sends requests at a constant rate whatever the answers take (an open loop), by vegeta, and returns what became of each.

A closed loop waits for an answer before it asks again, so a slow service slows its own test down (Schroeder et al., "Open Versus Closed",
NSDI 2006). Requests go to 127.0.0.1 alone, and every run is bounded in rate and time.
"""

from __future__ import annotations

import base64
import json
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from pipeline import contract, process
from pipeline.contract import Contract
from pipeline.errors import UsageError
from pipeline.load import background
from pipeline.settings import Service
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

_MOST_PER_SECOND, _MOST_SECONDS = 10_000, 900
_TIMEOUT_SECONDS, _SEGMENT_SECONDS = 5, 5
# A service that falls behind is found out long before. Each request has a connection of its own then, and what hands them on to the node
# ends when it runs out of open files, two for each: without a bound the measurement took the service away.
_MOST_AT_ONCE = 2_000
_TEXTS = 256  # asked about in turn


@dataclass(frozen=True)
class Answer:
    """What became of one request."""

    sent: float
    """Unix time at which it was sent."""
    seconds: float
    status: int
    """0 when there was no answer; `error` then says why."""
    error: str
    right: bool
    """Whether the body is the answer to what was asked."""
    commit: str
    instance: str

    @property
    def failed(self) -> bool:
        """Whether the person who asked got no good answer."""
        return self.status != 200 or not self.right  # noqa: PLR2004 - the one good status


def send(place: Workspace, url: str, *, rate: int, seconds: int, keep_alive: bool = True) -> list[Answer]:
    """Ask a service at `url` `rate` times a second for `seconds`, and return every answer in the order of sending.

    Raises `UsageError` for an address other than 127.0.0.1 or a rate or time beyond the bounds, `CommandError` when vegeta fails.
    """
    if urlsplit(url).hostname != "127.0.0.1" or not 0 < rate <= _MOST_PER_SECOND or not 0 < seconds <= _MOST_SECONDS:
        raise UsageError(f"{rate} requests/s to {url} for {seconds} s is out of bounds", fix="ask 127.0.0.1, less or shorter")
    program, known = supply.tool(place, "vegeta"), contract.of(place)
    with tempfile.TemporaryDirectory() as scratch:
        targets, raw = Path(scratch) / "targets.json", Path(scratch) / "answers"
        asked = ({"method": "GET", "url": url + known.path(text)} for text in known.texts(_TEXTS))
        targets.write_text("".join(f"{json.dumps(each)}\n" for each in asked), "utf-8")
        options = [f"-rate={rate}/1s", f"-duration={seconds}s", f"-timeout={_TIMEOUT_SECONDS}s", f"-max-workers={_MOST_AT_ONCE}"]
        argv: list[str | Path] = [program, "attack", "-format=json", f"-targets={targets}", f"-output={raw}", *options]
        argv.append(f"-keepalive={str(keep_alive).lower()}")
        process.run(argv, timeout=seconds + 4 * _TIMEOUT_SECONDS)
        encoded = Path(scratch) / "answers.json"
        process.run([program, "encode", "-to=json", f"-output={encoded}", raw], timeout=120)
        with encoded.open(encoding="utf-8") as lines:
            return sorted(read(lines, known, place.settings.service), key=lambda answer: answer.sent)


def read(lines: Iterable[str], known: Contract, service: Service) -> Iterator[Answer]:
    """Turn vegeta's JSON lines into answers."""
    for line in lines:
        each = json.loads(line)
        body = base64.b64decode(each["body"] or "").decode("utf-8", "replace")
        headers = {name.lower(): values for name, values in (each["headers"] or {}).items()}
        yield Answer(
            sent=datetime.fromisoformat(each["timestamp"]).timestamp(),
            seconds=each["latency"] / 1e9,
            status=each["code"],
            error=each["error"],
            right=body == known.right(known.text(each["url"])),
            commit=next(iter(headers.get(service.commit_header.lower(), [])), ""),
            instance=next(iter(headers.get(service.instance_header.lower(), [])), ""),
        )


@contextmanager
def sustained(place: Workspace, url: str, *, rate: int, keep_alive: bool) -> Iterator[list[Answer]]:
    """Keep asking while the block runs; the list holds every answer once the block has ended. Raises what `send` raises."""
    answers: list[Answer] = []

    def work(done: threading.Event) -> None:
        for _ in range(_MOST_SECONDS // _SEGMENT_SECONDS):
            answers.extend(send(place, url, rate=rate, seconds=_SEGMENT_SECONDS, keep_alive=keep_alive))
            if done.is_set():
                return

    with background.running(work):
        yield answers


@contextmanager
def mixed(place: Workspace, *, rate: int) -> Iterator[list[Answer]]:
    """Keep asking this clone's service `rate` times a second on connections that are kept, and as often on new ones.

    The list holds every answer in the order of sending once the block has ended. Raises what `send` raises.
    """
    answers: list[Answer] = []
    with (
        sustained(place, place.url, rate=rate, keep_alive=True) as kept,
        sustained(place, place.url, rate=rate, keep_alive=False) as renewed,
    ):
        yield answers
    answers += sorted([*kept, *renewed], key=lambda answer: answer.sent)
