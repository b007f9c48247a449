"""Runs programs to their end: argument lists, no shell, both streams read together, always a time limit (`daemon` has the others).

Each child leads its own process group, so a time-out or an interrupt ends it with all its descendants.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.errors import CommandError

log = logging.getLogger(__name__)

_GRACE_SECONDS = 1.5  # Nox kills a stage 2 s after SIGTERM: children must be gone before
_TAIL_LINES = 4
_WATCH_SECONDS = 1.0


@dataclass(frozen=True)
class Completed:
    """A finished program: its exit code, what it printed (decoded, undecodable bytes replaced) and how long it took."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def tail(self) -> str:
        """The last lines of what it said, standard error preferred."""
        text = self.stderr.strip() or self.stdout.strip()
        return "\n".join(text.splitlines()[-_TAIL_LINES:])


def run(  # noqa: PLR0913 - one argument per property of a process; each call site names the few it needs
    argv: Sequence[str | Path],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    ok: Sequence[int] | None = (0,),
    on_line: Callable[[str], None] | None = None,
    watch: Callable[[], None] | None = None,
    secret: bool = False,
    fix: str = "read the lines above, then run the stage again",
) -> Completed:
    """Run a program to its end and return what it said.

    `timeout` is in seconds; `env` replaces the environment; `ok` lists the exit codes that count as success (None: any);
    `on_line` sees each line of either stream as it comes, for progress; `watch` is called every second,
    and what it raises ends the program. What a program prints is logged unless it is `secret`.

    Raises `CommandError` when the program is missing, ends with another code, or outlives its limit.
    """
    words = tuple(str(word) for word in argv)
    log.debug("+ %s", shlex.join(words))
    started = time.monotonic()
    try:
        child = subprocess.Popen(  # noqa: S603 - the callers' argument lists, never a shell
            words,
            cwd=cwd,
            env=dict(env) if env is not None else None,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        raise CommandError(f"cannot start {words[0]!r}: {error.strerror}", fix=fix) from error
    streams: dict[str, list[str]] = {"stdout": [], "stderr": []}
    readers = [
        threading.Thread(target=_drain, args=(pipe, streams[name], None if secret else log, on_line), daemon=True)
        for name, pipe in (("stdout", child.stdout), ("stderr", child.stderr))
        if pipe is not None
    ]
    try:
        for reader in readers:
            reader.start()
        if child.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(stdin or "")
            with contextlib.suppress(BrokenPipeError):
                child.stdin.close()
        _wait(child, timeout, watch)
    except subprocess.TimeoutExpired as error:
        _end_group(child)
        raise CommandError(f"{words[0]} did not end within {timeout:g} s: {shlex.join(words)}", fix=fix) from error
    except BaseException:
        _end_group(child)
        raise
    for reader in readers:
        # A daemonised grandchild may hold the pipes open for ever; what the program itself said is in by now.
        reader.join(5)
    result = Completed(words, child.returncode, "".join(streams["stdout"]), "".join(streams["stderr"]), time.monotonic() - started)
    log.debug("  exit %d after %.1f s", result.returncode, result.seconds)
    if ok is not None and result.returncode not in ok:
        raise CommandError(
            f"{Path(words[0]).name} {words[1] if len(words) > 1 else ''} exited {result.returncode}: {result.tail or 'no output'}",
            fix=fix,
        )
    return result


def _wait(child: subprocess.Popen[str], timeout: float, watch: Callable[[], None] | None) -> None:
    """Return when the child has ended. Raises `TimeoutExpired` after the limit, and whatever `watch` raises."""
    deadline = time.monotonic() + timeout
    while watch and time.monotonic() < deadline:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(min(_WATCH_SECONDS, timeout))
            return
        watch()
    child.wait(max(deadline - time.monotonic(), 0))


def ended(  # noqa: PLR0913 - as above
    argv: Sequence[str | Path],
    *,
    when: Callable[[], bool],
    end: Callable[[int], object],
    within: float,
    after: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> int:
    """Start a program that leads its own process group, call `end` with its number once `when` holds, and return how it ended.

    Raises `CommandError` when it ends before `when` held, when that takes longer than `within` seconds, and when it outlives `end` by
    more than `after` seconds; nothing of it then goes on.
    """
    words = tuple(str(word) for word in argv)
    log.debug("+ %s (to be ended)", shlex.join(words))
    with _interruptible():
        child = subprocess.Popen(  # noqa: S603 - as above
            words,
            cwd=cwd,
            env=dict(env) if env is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + within
        while not when():
            if child.poll() is not None or time.monotonic() > deadline:
                raise CommandError(
                    f"{shlex.join(words)} was not met where it should be ended (exit {child.returncode})", fix="run it alone"
                )
            time.sleep(0.05)
        end(child.pid)
        return child.wait(after)
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{shlex.join(words)} did not end within {after:g} s of being told to", fix="run it alone") from error
    finally:
        _end_group(child)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Have what is started meanwhile heed Ctrl-C: a shell's background jobs ignore it, and so do their children."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _drain(pipe: IO[str], into: list[str], to: logging.Logger | None, on_line: Callable[[str], None] | None) -> None:
    with pipe:
        for line in pipe:
            into.append(line)
            if to is not None:
                to.debug("  %s", line.rstrip("\n"))
            if on_line is not None:
                on_line(line.rstrip("\n"))


def _end_group(child: subprocess.Popen[str]) -> None:
    """End a child and all its descendants: SIGTERM, a short grace for each of them, then SIGKILL."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < deadline:
            child.poll()
            os.killpg(child.pid, 0)
            time.sleep(0.05)
        os.killpg(child.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_GRACE_SECONDS)
