"""Finds and signals programs inside the node, from outside every pod: what no pod could do to its neighbour, a bad day does."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import PurePosixPath

from pipeline import engine
from pipeline.cluster import running
from pipeline.errors import ClusterError
from pipeline.load import changes
from pipeline.load.changes import NAMESPACE
from pipeline.workspace import Workspace

PROGRAMS = (*running.PARTS, "containerd", "coredns", "kube-router", "metrics-server")
_GONE_SECONDS = 10.0


def pids(place: Workspace, program: str) -> list[int]:
    """Return the numbers of the processes of a program. Raises `ClusterError` when it does not run: nothing could be done to it."""
    found = named(engine.in_node(place, "ps", "-eww", "-o", "pid=,args=").stdout, program)
    if not found:
        raise ClusterError(f"{program} does not run in the node", fix="nox -s cluster")
    return found


def named(listing: str, program: str) -> list[int]:
    """Pick a program's processes out of lines of number and command line."""
    lines = [line.split(maxsplit=2) for line in listing.splitlines()]
    return [int(words[0]) for words in lines if len(words) > 1 and PurePosixPath(words[1]).name == program]


def missing(place: Workspace) -> list[str]:
    """Return which programs of the node do not run, in words: a pod may still be called ready a moment after its program has died."""
    listing = engine.in_node(place, "ps", "-eww", "-o", "pid=,args=").stdout
    return [f"{program} does not run" for program in PROGRAMS if not named(listing, program)]


def instances(place: Workspace) -> list[int]:
    """Return the number of the first process of each running instance of the service."""
    label = f"io.kubernetes.pod.namespace={NAMESPACE}"
    containers = engine.in_node(place, "crictl", "ps", "--quiet", "--state=Running", f"--label={label}").stdout.split()
    found = [changes.first_process(place, each) for each in containers]
    if not found:
        raise ClusterError("no instance of the service runs", fix="nox -s deploy")
    return sorted(found)


def signal(place: Workspace, name: str, numbers: Iterable[int]) -> None:
    """Send a signal. One of the processes that is gone already is no failure."""
    engine.in_node(place, "kill", f"-{name}", *map(str, numbers), ok=(0, 1))


def kill(place: Workspace, numbers: list[int]) -> None:
    """Kill processes at once, without a word to them, and see that they are gone."""
    signal(place, "KILL", numbers)
    deadline = time.monotonic() + _GONE_SECONDS
    while states := _states(place, numbers):
        if time.monotonic() > deadline:
            raise ClusterError(f"processes {', '.join(states)} of the node could not be killed", fix="nox -s cluster")
        time.sleep(0.2)


def stopped(place: Workspace, numbers: list[int]) -> bool:
    """Whether all of these processes are there and stand still."""
    states = _states(place, numbers)
    return len(states) == len(numbers) and all(state.startswith("T") for state in states.values())


def _states(place: Workspace, numbers: list[int]) -> dict[str, str]:
    """The states of those processes that still are: one that waits for its parent to notice its end is none."""
    said = engine.in_node(place, "ps", "-o", "pid=,stat=", "-p", ",".join(map(str, numbers)), ok=(0, 1)).stdout
    found = [line.split() for line in said.splitlines() if line.strip()]
    return {number: state for number, state in found if not state.startswith("Z")}
