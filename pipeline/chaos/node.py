"""Faults of the machine that carries everything: it freezes, it dies, its disk fills up."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import yaml

from pipeline import engine, kubectl, process
from pipeline.chaos import inside
from pipeline.chaos.fault import Allowed, Fault, Group
from pipeline.errors import ClusterError, CommandError
from pipeline.stage import Run
from pipeline.workspace import Workspace

_FREEZE_SECONDS, _FULL_SECONDS = 10.0, 15.0
_CONFIGURATION, _BEFORE, _NEW = (f"/var/lib/kubelet/config.yaml{end}" for end in ("", ".before-chaos", ".chaos"))
# The node's disk is the machine's. So the threshold is brought near to what is free, and the few GiB in between are filled for real.
_MARGIN_MIB, _FILL_MIB, _MOST_USED = 3 << 10, 4 << 10, 0.8
_FILL = "/var/lib/kubelet/chaos.fill"
_NOTICE_SECONDS, _FORGET = 60.0, "10s"


def _freeze(run: Run) -> None:
    process.run([engine.DOCKER, "pause", run.workspace.name], timeout=60)


def _thaw(run: Run) -> None:
    process.run([engine.DOCKER, "unpause", run.workspace.name], timeout=60, ok=(0, 1))  # 1: it was not frozen


def _kill(run: Run) -> None:
    process.run([engine.DOCKER, "kill", run.workspace.name], timeout=60)


def _fill(run: Run) -> None:
    """Move the kubelet's threshold close to what is free, fill the rest, and see the kubelet report the pressure."""
    place = run.workspace
    used, free = disk(engine.in_node(place, "df", "--block-size=M", "--output=used,avail", "/var").stdout)
    if (used + _FILL_MIB) / (used + free) > _MOST_USED:
        raise ClusterError(f"the disk has {free} MiB free, too few to try this on it", fix="docker system prune")
    configuration = yaml.safe_load(engine.in_node(place, "cat", _CONFIGURATION).stdout)
    engine.in_node(place, "cp", "--preserve", _CONFIGURATION, _BEFORE)
    text = yaml.safe_dump(with_threshold(configuration, free - _MARGIN_MIB))
    engine.in_node(place, "install", "--mode=0600", "/dev/stdin", _NEW, stdin=text)
    engine.in_node(place, "mv", _NEW, _CONFIGURATION)
    engine.in_node(place, "systemctl", "restart", "kubelet")
    _await_pressure(place, wanted=False)
    engine.in_node(place, "fallocate", f"--length={_FILL_MIB}MiB", _FILL)
    _await_pressure(place, wanted=True)


def _empty(run: Run) -> None:
    """Free the disk, let the kubelet notice it, and give it its own threshold back."""
    place = run.workspace
    engine.in_node(place, "rm", "--force", _FILL, _NEW)
    if engine.in_node(place, "test", "-e", _BEFORE, ok=(0, 1)).returncode:
        return
    with contextlib.suppress(ClusterError):  # what is still wrong is found when the whole cluster is looked at
        _await_pressure(place, wanted=False)
    engine.in_node(place, "mv", _BEFORE, _CONFIGURATION)
    engine.in_node(place, "systemctl", "restart", "kubelet")


def disk(listing: str) -> tuple[int, int]:
    """Return the MiB that are used and free, from what `df` prints for one file system."""
    used, free = listing.splitlines()[-1].replace("M", "").split()
    return int(used), int(free)


def with_threshold(configuration: dict[str, Any], free_mib: int) -> dict[str, Any]:
    """Return a kubelet's configuration by which less than that much free space is pressure, which ends soon after it is free again."""
    hard = {**configuration.get("evictionHard", {}), "nodefs.available": f"{free_mib}Mi"}
    return {**configuration, "evictionHard": hard, "evictionPressureTransitionPeriod": _FORGET}


def _await_pressure(place: Workspace, *, wanted: bool) -> None:
    deadline = time.monotonic() + _NOTICE_SECONDS
    while _pressed(place) is not wanted:
        if time.monotonic() > deadline:
            raise ClusterError(f"the kubelet does {'not report' if wanted else 'report'} pressure on its disk", fix="nox -s cluster")
        time.sleep(1)


def _pressed(place: Workspace) -> bool | None:
    """What a running kubelet says of its disk; None while it does not run or nobody can be asked."""
    try:
        inside.pids(place, "kubelet")
        (node,) = kubectl.get(place, "nodes")
    except (ClusterError, CommandError):
        return None
    states = {each["type"]: each["status"] for each in node["status"]["conditions"]}
    return states["DiskPressure"] == "True" if states["Ready"] == "True" else None


GROUP = Group(
    "node",
    (
        Fault("node-freeze", f"node frozen for {_FREEZE_SECONDS:.0f} s", _freeze, Allowed(0.8, 25, 120), _thaw, _FREEZE_SECONDS),
        # Instances are evicted and find no other node. The one promise: they are back soon after the disk is free.
        Fault("disk-full", "disk filled to the kubelet's threshold", _fill, Allowed(0.5, 60, 120), _empty, _FULL_SECONDS),
        Fault("node-kill", "node killed", _kill, Allowed(0.8, 180, 400), cure=("cluster",)),
    ),
)
