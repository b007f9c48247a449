"""Programs that run in the background: found again by the note that is kept about them, also by a later process, and never mistaken.

A number alone does not identify a process, since Linux uses it again; the note therefore also holds when the process was born.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shlex
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline import store
from pipeline.errors import CommandError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Daemon:
    """A background program, its folder holding `<name>.json` (the note) and `<name>.log` (whatever it said)."""

    name: str
    folder: Path

    def start(self, argv: list[str | Path], *, ready: Callable[[], bool], seconds: float) -> None:
        """Start it as the leader of its own session and return once `ready()` says so.

        Raises `CommandError` with its last words when it cannot be started, ends, or is not ready within `seconds`; then it is gone.
        """
        words = [str(word) for word in argv]
        log.debug("+ %s &", shlex.join(words))
        self.folder.mkdir(parents=True, exist_ok=True)
        streams = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(self._log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        try:
            pid = os.posix_spawnp(words[0], words, os.environ, file_actions=streams, setsid=True)
        except OSError as error:
            raise CommandError(f"cannot start {words[0]!r}: {error.strerror}", fix="read the stage's log") from error
        try:
            store.write(self._note, json.dumps({"pid": pid, "born": born(pid)}))
            self._await(ready, seconds)
        except BaseException:
            self.stop(seconds=2)
            raise

    def _await(self, ready: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.alive() or time.monotonic() > deadline:
                last = " | ".join(self._log.read_text("utf-8", "replace").splitlines()[-2:])
                raise CommandError(f"{self.name} did not start: {last or 'it said nothing'}", fix=f"read {self._log}")
            time.sleep(0.05)

    def known(self) -> bool:
        """Whether there is a note: it was started here and not stopped since, alive or not."""
        return self._note.is_file()

    def alive(self) -> bool:
        """Whether the very process of the note runs."""
        return self._pid() is not None

    def stop(self, *, seconds: float) -> bool:
        """Ask it to end, wait up to `seconds`, then kill its group; forget it. Return whether it was alive."""
        pid = self._pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + seconds
            while self.alive() and time.monotonic() < deadline:
                time.sleep(0.05)
            if self.alive():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
            # Only the process that started it can take it off the process table.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        self._note.unlink(missing_ok=True)
        return pid is not None

    def _pid(self) -> int | None:
        try:
            note = json.loads(self._note.read_text("utf-8"))
            pid, birth = int(note["pid"]), str(note["born"])
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return pid if birth and born(pid) == birth else None

    @property
    def _note(self) -> Path:
        return self.folder / f"{self.name}.json"

    @property
    def _log(self) -> Path:
        return self.folder / f"{self.name}.log"


def born(pid: int) -> str:
    """Return a process's start in clock ticks since boot, which tells it from a later one of the same number; empty when it ended."""
    try:
        # proc(5): field 22, counted after the command's closing parenthesis, which may itself hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]
