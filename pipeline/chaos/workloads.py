"""Faults of the service's own instances."""

from __future__ import annotations

import re

from pipeline import engine
from pipeline.chaos import inside
from pipeline.chaos.fault import Allowed, Fault, Group
from pipeline.errors import ClusterError
from pipeline.stage import Run

_CUT_SECONDS = 20.0
_PEER = re.compile(r"^\d+: eth0@if(\d+):", re.MULTILINE)
_LINK = re.compile(r"^(\d+): ([^@:]+)", re.MULTILINE)


def _kill_one(run: Run) -> None:
    inside.kill(run.workspace, inside.instances(run.workspace)[:1])


def _kill_all(run: Run) -> None:
    inside.kill(run.workspace, inside.instances(run.workspace))


def _cut(run: Run) -> None:
    """Pull the plug of one instance: the node's end of its cable."""
    place = run.workspace
    first = inside.instances(place)[0]
    mine = engine.in_node(place, "nsenter", f"--target={first}", "--net", "ip", "-o", "link", "show", "eth0").stdout
    end = other_end(mine, engine.in_node(place, "ip", "-o", "link").stdout)
    engine.in_node(place, "ip", "link", "set", end, "down")
    if "NO-CARRIER" not in engine.in_node(place, "nsenter", f"--target={first}", "--net", "ip", "-o", "link", "show", "eth0").stdout:
        raise ClusterError(f"{end} is down and its pod has not noticed", fix="nox -s chaos -- --fault=network-cut")


def _plug_in(run: Run) -> None:
    """Bring up every cable of the node that is down."""
    down = engine.in_node(run.workspace, "ip", "-o", "link", "show", "type", "veth").stdout
    for line in down.splitlines():
        if (link := _LINK.match(line)) and "state UP" not in line:
            engine.in_node(run.workspace, "ip", "link", "set", link[2], "up")


def other_end(pod: str, node: str) -> str:
    """Return the name that the node has for the other end of a pod's eth0, both as `ip -o link` shows them."""
    peer = _PEER.search(pod)
    names = {link[1]: link[2] for link in _LINK.finditer(node)}
    if peer is None or peer[1] not in names:
        raise ClusterError("the pod's network has no other end on the node", fix="nox -s deploy")
    return names[peer[1]]


GROUP = Group(
    "workloads",
    (
        # Its connections are lost with it; the other instance answers on, and readiness needs no second to see that a process is gone.
        Fault("instance-kill", "one instance killed", _kill_one, Allowed(failed=0.03, outage=2, seconds=60)),
        Fault("instances-kill", "all instances killed at once", _kill_all, Allowed(failed=0.6, outage=20, seconds=90)),
        # Half of the requests wait for it until two probes, two seconds apart, have failed.
        Fault("network-cut", f"network of one instance cut for {_CUT_SECONDS:.0f} s", _cut, Allowed(0.25, 8, 60), _plug_in, _CUT_SECONDS),
    ),
)
