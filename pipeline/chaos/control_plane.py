"""Faults of what steers the cluster. None of it stands between a user and an instance, so none of it may cost a request."""

from __future__ import annotations

from pipeline.chaos import inside
from pipeline.chaos.fault import Allowed, Deed, Fault, Group
from pipeline.errors import ClusterError
from pipeline.stage import Run

_SERVER = "kube-apiserver"
_PAUSE_SECONDS = 20.0
# The kubelet takes up to five minutes to start a static pod again that died before: it waits longer each time.
_FREE = Allowed(failed=0, outage=0, seconds=120)


def _killed(*programs: str) -> Deed:
    def do(run: Run) -> None:
        inside.kill(run.workspace, [number for program in programs for number in inside.pids(run.workspace, program)])

    return do


def _pause(run: Run) -> None:
    found = inside.pids(run.workspace, _SERVER)
    inside.signal(run.workspace, "STOP", found)
    if not inside.stopped(run.workspace, found):
        raise ClusterError(f"{_SERVER} could not be paused", fix="nox -s cluster")


def _resume(run: Run) -> None:
    inside.signal(run.workspace, "CONT", inside.pids(run.workspace, _SERVER))


GROUP = Group(
    "control-plane",
    (
        Fault("apiserver-pause", f"API server paused for {_PAUSE_SECONDS:.0f} s", _pause, _FREE, _resume, _PAUSE_SECONDS),
        Fault("apiserver-kill", "API server killed", _killed(_SERVER), _FREE),
        Fault("etcd-kill", "etcd killed", _killed("etcd"), _FREE),
        Fault("managers-kill", "scheduler and controller manager killed", _killed("kube-scheduler", "kube-controller-manager"), _FREE),
        Fault("dns-metrics-kill", "CoreDNS and metrics server killed", _killed("coredns", "metrics-server"), _FREE),
        Fault("proxy-kill", "kube-proxy killed", _killed("kube-proxy"), _FREE),
        Fault("router-kill", "kube-router killed", _killed("kube-router"), _FREE),
        Fault("kubelet-kill", "kubelet killed", _killed("kubelet"), _FREE),
        Fault("containerd-kill", "containerd killed", _killed("containerd"), _FREE),
    ),
)
