"""Calls minikube with a home, a kubeconfig and a profile of this clone's own: the user's `~/.minikube` and `~/.kube` are never touched."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from pipeline import console, network, process
from pipeline.errors import ClusterError
from pipeline.process import Completed
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

# Offline, what it asks on its own (is there a newer one, does a registry answer, is this Google's cloud) ends at the discard port.
# A proxy at 127.0.0.1 is none that minikube hands on to the node, and what is at 127.0.0.1 itself is asked without one.
_NOWHERE = {"HTTP_PROXY": "127.0.0.1:9", "HTTPS_PROXY": "127.0.0.1:9", "http_proxy": "127.0.0.1:9", "https_proxy": "127.0.0.1:9"}
_NOWHERE |= {"NO_PROXY": "10.0.0.0/8", "no_proxy": "10.0.0.0/8"}
AGAIN = "read the stage's log; nox -s destroy, then run again"


def home(place: Workspace) -> Path:
    """Minikube's home folder of this clone."""
    return place.state / ".minikube"


def run(place: Workspace, words: Sequence[str], *, timeout: float) -> Completed:
    """Run minikube for this clone's profile. Steps that it reports as JSON (`--output=json`) are shown as progress.

    Raises `ClusterError` with the errors that it reports.
    """
    env = {
        **os.environ,
        "MINIKUBE_HOME": str(home(place)),
        "KUBECONFIG": str(place.kubeconfig),
        "MINIKUBE_WANTUPDATENOTIFICATION": "false",
        "MINIKUBE_IN_STYLE": "false",
        "CHANGE_MINIKUBE_NONE_USER": "false",
        **({} if network.allowed() else _NOWHERE),
    }
    argv: list[str | Path] = [supply.tool(place, "minikube"), "--profile", place.name, *words]
    done = process.run(argv, env=env, timeout=timeout, ok=None, on_line=_show)
    if done.returncode:
        said = "; ".join(filter(None, map(error_in, done.stdout.splitlines()))) or done.tail
        raise ClusterError(f"minikube {words[0]} failed: {said[:600]}", fix=AGAIN)
    return done


def _show(line: str) -> None:
    if step := step_in(line):
        console.progress(f"cluster: {step}")


def error_in(line: str) -> str:
    """Return the error that a line of minikube's JSON output reports, empty for every other line."""
    return _message(line, "error")


def step_in(line: str) -> str:
    """Return the step that a line of minikube's JSON output announces, empty for every other line."""
    return _message(line, "step")


def _message(line: str, kind: str) -> str:
    try:
        event = json.loads(line)
        return str(event["data"]["message"]).strip() if event["type"] == f"io.k8s.sigs.minikube.{kind}" else ""
    except (ValueError, KeyError, TypeError):
        return ""
