"""What the control plane's programs really run with: their command lines, read on the node."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from pipeline import engine
from pipeline.cluster import spec
from pipeline.errors import CommandError
from pipeline.workspace import Workspace

# minikube's name of each part by the name of its program.
PARTS = {
    "kube-apiserver": "apiserver",
    "kube-controller-manager": "controller-manager",
    "kube-scheduler": "scheduler",
    "etcd": "etcd",
    "kubelet": "kubelet",
    "kube-proxy": "kube-proxy",
}

Flags = Mapping[str, Mapping[str, str]]


def flags(place: Workspace) -> dict[str, dict[str, str]]:
    """Return the flags of every running part. Raises `CommandError` when the node does not answer."""
    return parse(engine.in_node(place, "ps", "-eww", "-o", "args=").stdout)


def parse(listing: str) -> dict[str, dict[str, str]]:
    """Read flags out of a list of command lines. A flag without a value is `true`, as Go's flag packages have it."""
    found: dict[str, dict[str, str]] = {}
    for line in listing.splitlines():
        program, *words = line.split() or [""]
        if part := PARTS.get(PurePosixPath(program).name):
            pairs = (word.removeprefix("--").partition("=") for word in words if word.startswith("--"))
            found[part] = {name: value if equals else "true" for name, equals, value in pairs}
    return found


def differences(live: Flags, declared: Flags = spec.FLAGS) -> list[str]:
    """Return every declared flag that a program does not run with, in words."""
    return [
        f"{part} runs with {name}={live.get(part, {}).get(name, 'nothing')}, declared is {value}"
        for part, values in declared.items()
        for name, value in values.items()
        if live.get(part, {}).get(name) != value
    ]


def as_declared(place: Workspace) -> bool:
    """Whether every program runs with the declared flags; a node that does not answer counts as none that does."""
    try:
        return not differences(flags(place))
    except CommandError:
        return False
