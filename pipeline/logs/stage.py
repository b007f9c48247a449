"""The stage `logs`: asks for every instance's log at once, and shows what is wanted of it in one order, a line each.

The lines go to standard output and nothing else does with `--json`, so that they can be piped: `nox -s logs -- --json | jq`.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipeline import kubectl
from pipeline.errors import CommandError, UsageError
from pipeline.logs import line, wish
from pipeline.logs.line import Line
from pipeline.logs.wish import Wish
from pipeline.stage import Run
from pipeline.workspace import Workspace

_NAMESPACE, _SELECTOR = "hash", "app.kubernetes.io/name=hash"
_AT_ONCE = 4
_LOOKED_THROUGH = 20_000  # lines of one instance that a filter looks at


def logs(run: Run) -> None:
    """Show the service's log. Raises `UsageError` for unknown words or an instance that does not run, `CommandError` without a cluster."""
    wanted = wish.parse(run.arguments)
    everything = collect(run.workspace, wanted)
    found = [each for each in everything if wanted.wants(each)]
    shown = list(line.newest(found, wanted.limit))
    show(shown, as_json=wanted.json)
    instances = len({each.instance for each in found})
    run.figures.update(lines=len(found), shown=len(shown), instances=instances)
    if not wanted.json:
        left_out = f", the newest {len(shown)} shown (--limit)" if len(shown) < len(found) else ""
        run.summary = f"{len(found)} lines of {instances} instances in the last {wanted.seconds} s{left_out}{cut(everything, wanted)}"


def collect(place: Workspace, wanted: Wish) -> list[Line]:
    """The lines of every instance that may be wanted, in the order of time."""
    pods = kubectl.get(place, "--namespace", _NAMESPACE, "pods", "--selector", _SELECTOR)
    # One that has never run has no log yet, and asking for it would be an error.
    restarts = {str(pod["metadata"]["name"]): _restarts(pod) for pod in pods if pod.get("status", {}).get("containerStatuses")}
    names = sorted(restarts)
    if wanted.instance and wanted.instance not in names:
        raise UsageError(f"no instance is called {wanted.instance!r}; there are: {', '.join(names) or 'none'}", fix=wish.USAGE)
    asked = [wanted.instance] if wanted.instance else names
    # What a container said before it was started again is often what matters.
    logs_of = [(name, previous) for name in asked for previous in ([False, True] if restarts[name] else [False])]
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        return line.merged(workers.map(lambda each: _of(place, each[0], each[1], wanted), logs_of))


def cut(lines: Iterable[Line], wanted: Wish) -> str:
    """What a filter has not looked at, in words; empty when it has looked at everything."""
    counts = Counter(each.instance for each in lines)
    full = sorted(name for name, count in counts.items() if wanted.filtered and count >= _LOOKED_THROUGH)
    return f"; of {', '.join(full)} only the newest {_LOOKED_THROUGH} lines were looked through: take a shorter --since" if full else ""


def _restarts(pod: Mapping[str, Any]) -> int:
    return sum(int(state.get("restartCount", 0)) for state in pod["status"]["containerStatuses"])


def _of(place: Workspace, name: str, previous: bool, wanted: Wish) -> list[Line]:  # noqa: FBT001 - a row of a table
    """One instance's newest lines: as many as are shown, or as a filter looks through."""
    newest = _LOOKED_THROUGH if wanted.filtered else wanted.limit
    words = [
        "--namespace",
        _NAMESPACE,
        "logs",
        name,
        "--timestamps",
        f"--since={wanted.seconds}s",
        f"--tail={newest}",
        f"--previous={str(previous).lower()}",
    ]
    try:
        said = kubectl.run(place, *words).stdout
    except CommandError as error:
        if "not found" in error.what:
            return []  # it, or what it said before its restart, was taken away while we asked
        raise
    return [found for each in said.splitlines() if (found := line.parse(each, name))]


def show(lines: Iterable[Line], *, as_json: bool) -> None:
    """Print the lines. Whoever reads them may stop when he likes, as `head` does."""
    form = line.as_json if as_json else line.for_people
    try:
        for each in lines:
            sys.stdout.write(f"{form(each)}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Else the interpreter complains once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
