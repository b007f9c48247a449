"""Work that goes on beside a block of code, and whose failure is not lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def running(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run `work` in a thread while the block runs; the event tells it that the block has ended. Raises what it raised."""
    failures: list[BaseException] = []
    done = threading.Event()

    def guarded() -> None:
        try:
            work(done)
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that waits for it
            failures.append(error)

    worker = threading.Thread(target=guarded)
    worker.start()
    try:
        yield
    finally:
        done.set()
        worker.join()
    if failures:
        raise failures[0]
