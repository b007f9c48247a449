"""Faults of the pipeline itself: Ctrl-C and SIGKILL in the middle of its stages, after which the same command has to lead to the end.

SIGKILL goes to every process of the run at once, programs in its service included: what an ended CI job or a lost machine does.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from pipeline import engine, image, kubectl, process
from pipeline.chaos.fault import Allowed, Deed, Fault, Group, nothing
from pipeline.console import CONSOLE_VARIABLE
from pipeline.errors import FindingError
from pipeline.load import changes
from pipeline.load.changes import NAMESPACE
from pipeline.stage import Run

_MARK = "PORTCULLIS_CHAOS"  # in the environment of a run and of everything that it starts
_BEGIN_SECONDS, _END_SECONDS = 900.0, 60.0
_FAREWELL_SECONDS = 10.0


def command(words: tuple[str, ...]) -> list[str]:
    """What a person types as `nox -s WORDS`, in this very environment."""
    return [sys.executable, "-m", "nox", "--session", *words]


def environment(mark: str = "") -> dict[str, str]:
    """The environment of this process without the outer run's console; with `mark`, all that the run starts can be found again."""
    kept = {name: value for name, value in os.environ.items() if name not in {CONSOLE_VARIABLE, _MARK}}
    return kept | ({_MARK: mark} if mark else {})


def killed(words: tuple[str, ...], moment: str, by: signal.Signals, prepare: Deed = nothing) -> Deed:
    """A run of `nox -s WORDS` that is ended as soon as its stage runs a command with `moment` in it. Nothing of it may be left."""

    def do(run: Run) -> None:
        prepare(run)
        mark = uuid.uuid4().hex
        log = run.evidence / f"{words[0]}.log"
        log.unlink(missing_ok=True)  # so that the next one is this run's
        argv, env = command(words), environment(mark)
        end = (lambda leader: os.killpg(leader, by)) if by == signal.SIGINT else (lambda _leader: kill(mark))
        process.ended(
            argv, when=lambda: reached(log, moment), end=end, within=_BEGIN_SECONDS, after=_END_SECONDS, cwd=run.workspace.root, env=env
        )
        if left := lasting(mark):
            kill(mark)
            raise FindingError(f"{len(left)} processes of an interrupted nox -s {words[0]} went on", fix=f"look at {log}")

    return do


def lasting(mark: str, seconds: float = _FAREWELL_SECONDS) -> list[int]:
    """Return the processes of an ended run that go on: a program that was told to end may take this long to do it."""
    deadline = time.monotonic() + seconds
    while (left := [*marked(mark)]) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def reached(log: Path, moment: str) -> bool:
    """Whether a stage's log shows a command with `moment` in it."""
    try:
        return any(" + " in line and moment in line for line in log.read_text("utf-8", "replace").splitlines())
    except OSError:
        return False


def marked(mark: str, processes: Path = Path("/proc")) -> Iterator[int]:
    """Find the processes that have the mark in their environment."""
    wanted = f"{_MARK}={mark}".encode()
    for each in processes.glob("[0-9]*/environ"):
        try:
            if wanted in each.read_bytes().split(b"\0"):
                yield int(each.parent.name)
        except OSError:
            continue  # it has ended, or is another user's


def kill(mark: str) -> None:
    """End every process with the mark, those that they have just started included."""
    while numbers := [*marked(mark)]:
        for number in numbers:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.1)


def _change(run: Run) -> None:
    """Change what runs behind Terraform's back, so that the next apply has something to create and something to roll out."""
    place = run.workspace
    patch = '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":31}}}}'
    kubectl.run(place, "-n", NAMESPACE, "patch", "deployment", "hash", "--patch", patch)
    kubectl.run(place, "-n", NAMESPACE, "delete", "--ignore-not-found", "poddisruptionbudget", "hash")
    changes.await_whole(place)


def _forget(run: Run) -> None:
    """Take the built image away, so that it is built anew, and must come out as the one that was tested."""
    built, reference = image.make(run.workspace, run.commit), f"{run.workspace.settings.image}:{run.commit.tag}"
    shutil.rmtree(built.archive.parent)
    process.run([engine.DOCKER, "image", "rm", reference], timeout=60)


def _pair(stage: tuple[str, ...], moment: str, where: str, allowed: Allowed, prepare: Deed = nothing) -> tuple[Fault, Fault]:
    """The same moment twice: once with Ctrl-C, once with SIGKILL."""
    name, words = stage[0], " ".join(stage)
    return (
        Fault(f"{name}-interrupt", f"Ctrl-C in {words}, {where}", killed(stage, moment, signal.SIGINT, prepare), allowed, cure=stage),
        Fault(f"{name}-sigkill", f"SIGKILL in {words}, {where}", killed(stage, moment, signal.SIGKILL, prepare), allowed, cure=stage),
    )


_FREE = Allowed(failed=0, outage=0, seconds=600)
GROUP = Group(
    "pipeline",
    (
        *_pair(("build",), " --builder=portcullis ", "while BuildKit builds", _FREE, _forget),
        *_pair(("cluster",), "kubectl", "mending", _FREE),
        *_pair(("deploy",), " apply ", "while Terraform applies", _FREE, _change),
        *_pair(("pentest", "--", "--group=inside"), "crictl", "between attacks", _FREE),
    ),
)
