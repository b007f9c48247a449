"""The stage `adopt-proof`: another service in a copy of this tree, brought through every stage of a plain ./run, and taken away again."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table

from pipeline import commit, console, evidence, process, store
from pipeline.adopt import second
from pipeline.errors import CommandError, FindingError
from pipeline.evidence import Record
from pipeline.stage import Run
from pipeline.toolchain import supply

MOST_SECONDS = 600.0
"""What a team is promised: so long until its commit is made, without the time for writing its service."""
_QUICK_SECONDS, _RUN_SECONDS, _ESTIMATE = 120, 3600, 900
_LAST = "summary"
_IDENTITY = ("-c", "user.name=Adopt proof", "-c", "user.email=proof@example.invalid", "-c", "commit.gpgsign=false")
# What this run sets for itself, and what chooses a port: two services would take the same one.
_OURS = ("NOX", "PORTCULLIS", "PYTEST", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Step:
    """One thing that docs/adopt.md says, and how long it took."""

    name: str
    seconds: float


def prove(run: Run) -> None:
    """Adopt the pipeline for a second service in a copy. Raises `FindingError` when a stage is not green there, or is missing."""
    commit.require_clean(run.commit)
    place = run.workspace
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{place.name}-adopt-"))) / "clone"
        steps = _adopt(run, root)
        stack.callback(_take_away, root)
        stack.enter_context(console.ticking("running every stage with another service", _ESTIMATE))
        began = time.monotonic()
        done = process.run(["./run"], cwd=root, env=environment(os.environ), timeout=_RUN_SECONDS, ok=None, on_line=_show)
        steps.append(Step("./run", round(time.monotonic() - began, 1)))
        records = evidence.read(commit_evidence(root))
        for each in records:
            if each.verdict != "passed":  # the copy goes, and its logs with it
                shutil.copyfile(commit_evidence(root) / f"{each.stage}.log", run.evidence / f"adopt-{each.stage}.log")
    store.write(run.evidence / "adopt.json", json.dumps([asdict(each) for each in records], indent=1) + "\n")
    console.show(table(steps, records))
    if faults := judge(steps, records, done.returncode):
        raise FindingError(faults[0], fix="read adopt-STAGE.log beside the stage's log, and docs/adopt.md")
    run.figures.update(steps={each.name: each.seconds for each in steps}, stages={each.stage: each.seconds for each in records})
    run.summary = (
        f"another service, framework, paths and ports: committed after {adopting(steps):.0f} s, "
        f"{len(records)} stages green after {steps[-1].seconds:.0f} s more"
    )


def _adopt(run: Run, root: Path) -> list[Step]:
    """Do what docs/adopt.md says, and time it."""
    place = run.workspace
    uv = supply.tool(place, "uv")

    def python(*words: str) -> Callable[[], object]:
        argv = [sys.executable, "-m", *words]
        return lambda: process.run(argv, cwd=root, env={**environment(os.environ), "PYTHONPATH": str(root)}, timeout=_QUICK_SECONDS)

    todo: dict[str, Callable[[], object]] = {
        "git clone": lambda: process.run(["git", "clone", "--quiet", "--no-hardlinks", place.root, root], timeout=_QUICK_SECONDS),
        "its own app/, tests and settings": lambda: second.put(place.root, root),
        "uv lock": lambda: process.run([uv, "lock", "--quiet"], cwd=root, env=environment(os.environ), timeout=_QUICK_SECONDS),
        "python -m pipeline adopt": python("pipeline", "adopt"),
        "git commit": lambda: _commit(root),
    }
    return [_timed(name, work) for name, work in todo.items()]


def _timed(name: str, work: Callable[[], object]) -> Step:
    began = time.monotonic()
    work()
    console.progress(f"adopt-proof: {name}")
    return Step(name, round(time.monotonic() - began, 1))


def _commit(root: Path) -> None:
    for words in (("add", "--all"), (*_IDENTITY, "commit", "--quiet", "--message", "Bring our own service")):
        process.run(["git", *words], cwd=root, timeout=_QUICK_SECONDS)


def _take_away(root: Path) -> None:
    done = process.run(["./run", "-s", "destroy"], cwd=root, env=environment(os.environ), timeout=_RUN_SECONDS, ok=None)
    if done.returncode:
        raise CommandError(f"the copy's cluster could not be destroyed: {done.tail}", fix=f"cd {root} && ./run -s destroy")


def _show(line: str) -> None:
    if said := console.ended(line):
        console.progress(f"adopt-proof: {said}")


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What a person's shell would have."""
    return {name: value for name, value in ours.items() if not name.startswith(_OURS) and name != "PYTHONPATH"}


def commit_evidence(root: Path) -> Path:
    """Folder of the records of the copy's commit."""
    return root / "evidence" / commit.read(root).tag


def adopting(steps: Sequence[Step]) -> float:
    """Seconds until the commit was made."""
    return sum(each.seconds for each in steps if each.name != "./run")


def judge(steps: Sequence[Step], records: Sequence[Record], code: int) -> list[str]:
    """What is wrong: a stage that is red or missing, or a promise of time that was not kept."""
    faults = [f"{each.stage} is {each.verdict} with another service: {each.error}" for each in records if each.verdict != "passed"]
    if _LAST not in {each.stage for each in records}:
        faults.append(f"the run ended before its {_LAST}")
    if code and not faults:
        faults.append(f"./run ended with {code} although every stage passed")
    if (taken := adopting(steps)) > MOST_SECONDS:
        faults.append(f"the commands of docs/adopt.md took {taken:.0f} s, promised are {MOST_SECONDS:.0f}")
    return faults


def table(steps: Sequence[Step], records: Sequence[Record]) -> Table:
    """Draw what was done, then the stages."""
    drawn = Table(pad_edge=False)
    for heading in ("step or stage", "verdict", "seconds", "what it did"):
        drawn.add_column(heading, justify="right" if heading == "seconds" else "left", overflow="fold")
    for step in steps:
        drawn.add_row(step.name, "", f"{step.seconds:.1f}", "")
    for record in records:
        colour = "green" if record.verdict == "passed" else "red"
        drawn.add_row(record.stage, f"[{colour}]{record.verdict}[/]", f"{record.seconds:.1f}", record.summary or record.error)
    return drawn
