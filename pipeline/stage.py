"""Runs one stage: its log, its record, its time, and its errors as one line instead of a traceback.

The noxfile decorates a session with `stage`; the session's function gets a `Run` and returns nothing.
"""

from __future__ import annotations

import functools
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import nox

from pipeline import commit, evidence, words, workspace
from pipeline.commit import Commit
from pipeline.errors import PipelineError, UsageError
from pipeline.report import write as report
from pipeline.workspace import Workspace

log = logging.getLogger("pipeline")
log.propagate = False  # Nox's root handler would show every command
# Libraries tell the root logger, which Nox opens wide, every step they take.
logging.getLogger("nox").setLevel(logging.getLogger().level)
logging.getLogger().setLevel(logging.WARNING)


@dataclass
class Run:
    """What a stage works with: the workspace, the commit, its words after `--`, and what it wants to be remembered."""

    workspace: Workspace
    commit: Commit
    arguments: tuple[str, ...] = ()
    summary: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def evidence(self) -> Path:
        """Folder of this commit's records."""
        return self.workspace.evidence(self.commit.tag)


def stage(function: Callable[[Run], None]) -> Callable[[nox.Session], None]:
    """Turn a function of a `Run` into a Nox session body of the same name and docstring."""
    name = function.__name__.replace("_", "-")
    if "--parallel-worker" in sys.argv:
        # The Nox that started this one frames our lines with the stage, its verdict and its time.
        logging.getLogger("nox").setLevel(logging.ERROR)

    @functools.wraps(function)
    def session(session: nox.Session) -> None:
        try:
            place = workspace.locate()
            run = Run(place, commit.read(place.root), words.for_stage(name, session.posargs))
            to_file = _log_file(run.evidence, name)
        except PipelineError as error:
            session.error(f"{name}: {error}")
        with _signals(), _logging(to_file):
            error_line = _execute(function, run, name)
            page = _report(run)
        if error_line:
            told = f"\n  report: {page}" if page else ""
            session.error(f"{error_line}\n  log: {run.evidence / f'{name}.log'}{told}")

    return session


def _execute(function: Callable[[Run], None], run: Run, name: str) -> str:
    """Call the stage, write its record and return its error line, empty when it passed."""
    started, clock = time.time(), time.monotonic()
    verdict: evidence.Verdict = "failed"
    line = ""
    try:
        function(run)
        verdict = "passed"
    except PipelineError as error:
        line = f"{name}: {error}"
        log.debug("failed", exc_info=True)
    except KeyboardInterrupt:
        verdict, line = "interrupted", f"{name}: interrupted -> run again, it continues where it stopped"
        raise
    except Exception as error:
        # A defect of the pipeline itself: its traceback belongs into the log, the person gets where to look.
        line = f"{name}: {type(error).__name__}: {error} -> a defect of the pipeline; the traceback is in the log"
        log.debug("defect", exc_info=True)
    finally:
        record = evidence.Record(
            stage=name,
            tag=run.commit.tag,
            verdict=verdict,
            started=started,
            seconds=round(time.monotonic() - clock, 2),
            summary=run.summary,
            error=line,
            figures=run.figures,
            began=words.began(),
        )
        line = _write(run, record)
    if run.summary and not line:
        log.info(run.summary)
    return line


def _write(run: Run, record: evidence.Record) -> str:
    """Write the record and return the stage's error line: a stage without a record has not passed, as no later one would find it."""
    try:
        evidence.write(run.evidence, record)
    except OSError as error:
        log.debug("the record could not be written", exc_info=True)
        return record.error or f"{record.stage}: {_unwritable(run.evidence, error)}"
    return record.error


def _unwritable(folder: Path, error: OSError) -> UsageError:
    reason = error.strerror or str(error)
    return UsageError(f"{folder} cannot be written: {reason}", fix=f"ls -ld {folder.parent} {folder}; make it yours, with room on its disk")


def _report(run: Run) -> Path | None:
    """Write the report when this stage or one beside it did not pass: then no later stage will. Its own failure hides nothing."""
    try:
        mine = [record for record in evidence.read(run.evidence) if record.began == words.began() and record.of_commit]
        return report.write(run.workspace, run.commit.tag) if any(record.verdict != "passed" for record in mine) else None
    except Exception:
        log.debug("the report could not be written", exc_info=True)
        return None


def _log_file(folder: Path, name: str) -> logging.FileHandler:
    """Open the stage's log. Raises `UsageError` when the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return logging.FileHandler(folder / f"{name}.log", mode="w", encoding="utf-8")
    except OSError as error:
        raise _unwritable(folder, error) from error


@contextmanager
def _logging(to_file: logging.FileHandler) -> Iterator[None]:
    """Send INFO to the person and everything to the stage's log."""
    to_file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    to_person = logging.StreamHandler(sys.stdout)
    to_person.setLevel(logging.INFO)
    to_person.setFormatter(logging.Formatter("%(message)s"))
    log.setLevel(logging.DEBUG)
    for handler in (to_file, to_person):
        log.addHandler(handler)
    try:
        yield
    finally:
        for handler in (to_file, to_person):
            log.removeHandler(handler)
        to_file.close()


@contextmanager
def _signals() -> Iterator[None]:
    """Turn SIGTERM, which Nox sends to parallel stages on Ctrl-C, into KeyboardInterrupt, so that half-made things are cleared."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
