"""The stage `doctor`: all checks side by side, each with its time, one table, and red when a run would not work."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from pipeline import console
from pipeline.doctor import caches, docker, leftovers, machine
from pipeline.doctor.verdict import Check, Level, Verdict, warn
from pipeline.errors import FindingError
from pipeline.stage import Run
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

CHECKS: tuple[Check[Any], ...] = (
    Check("machine", machine.system, machine.judge_system),
    Check("cores and memory", machine.size, machine.judge_size),
    Check("kernel", machine.kernel, machine.judge_kernel),
    Check("clock", machine.clock, machine.judge_clock),
    Check("clone", machine.tree, machine.judge_tree),
    Check("engine", docker.look, docker.judge),
    Check("port", machine.port, machine.judge_port),
    Check("disk", caches.room, caches.judge_room),
    Check("cache", caches.health, caches.judge_health),
    Check("supplies", caches.supplies, caches.judge_supplies),
    Check("advisories", caches.advisories, caches.judge_advisories),
    Check("leftovers", leftovers.look, leftovers.judge),
)
# Longer than any time-out of a single look: what it cuts off hangs where no time-out helps, as on a file server that is gone.
_SECONDS = 20.0
_MARKS: Mapping[Level, tuple[str, str]] = {"fine": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


def doctor(run: Run) -> None:
    """Print what every check found. Raises `FindingError` with the first thing to do when a run would not work."""
    found = examine(run.workspace)
    console.show(table(found))
    run.figures["checks"] = {name: {"level": each.level, "found": each.found, "fix": each.fix} for name, each in found.items()}
    bad = [(name, each) for name, each in found.items() if each.level == "fail"]
    if bad:
        name, first = bad[0]
        more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
        raise FindingError(f"a run would not work here: {name}: {first.found}{more}", fix=first.fix)
    warnings = sum(each.level == "warn" for each in found.values())
    supplier = "devbox" if supply.in_devbox() else "source"
    run.summary = f"a run would work here, with tools from {supplier}; {len(found) - warnings} checks are fine, {warnings} warn"


def examine(place: Workspace, checks: Sequence[Check[Any]] = CHECKS, seconds: float = _SECONDS) -> dict[str, Verdict]:
    """Make every check at once and return the verdicts in the order of the checks. One that does not end in time is a warning."""
    found = {check.name: warn(f"did not end within {seconds:g} s", "look at what hangs: df, docker ps, mount") for check in checks}
    threads = [threading.Thread(target=lambda each=check: found.update({each.name: each(place)}), daemon=True) for check in checks]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
    return dict(found)


def table(found: Mapping[str, Verdict]) -> Table:
    """Draw a line for each check: a mark, what was found, and below it what to type."""
    drawn = Table(pad_edge=False)
    for heading in ("", "check", "found", "what to type"):
        drawn.add_column(heading, overflow="fold")
    for name, verdict in found.items():
        mark, colour = _MARKS[verdict.level]
        drawn.add_row(Text(mark, colour), name, Text(verdict.found), Text(verdict.fix))
    return drawn
