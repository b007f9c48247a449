"""Progress of long work. Nox shows a parallel stage's output only when it ends; without a terminal these lines still appear at once."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

log = logging.getLogger(__name__)

CONSOLE_VARIABLE = "PORTCULLIS_CONSOLE"
_EVERY_SECONDS = 15
_LOG_WIDTH = 160


def progress(line: str) -> None:
    """Show one line to the person now: as the stage's own output, and on the console that `run` named, if that is another place."""
    log.info(line)
    if (path := os.environ.get(CONSOLE_VARIABLE)) and not _is_output(path):
        with contextlib.suppress(OSError), Path(path).open("a", encoding="utf-8") as console:
            console.write(f"{line}\n")


def _is_output(path: str) -> bool:
    """Whether what this process prints arrives there by itself, as it does where stages run one after the other."""
    try:
        return os.path.samestat(Path(path).stat(), os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):  # nothing is there, or a stream of Python's own has no number
        return False


def ended(line: str) -> str:
    """What Nox says of a stage that ended, where it runs stages side by side; empty for a line that is no heading."""
    return line.strip("= ") if line.startswith("==========") else ""


def show(*tables: Table) -> None:
    """Print tables as wide as the terminal, or, without one, wide enough that a log keeps each row on its line."""
    terminal = Console()
    printer = terminal if terminal.is_terminal else Console(width=_LOG_WIDTH)
    printer.print(*tables)


@contextlib.contextmanager
def ticking(what: str, estimate: float) -> Iterator[None]:
    """Show `what` with the seconds gone and the estimate, at once and every 15 s, until the block ends."""
    started, done = time.monotonic(), threading.Event()

    def tick() -> None:
        while not done.wait(_EVERY_SECONDS):
            progress(f"{what}: {time.monotonic() - started:.0f} of about {estimate:.0f} s")

    progress(f"{what}: about {estimate:.0f} s")
    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()
