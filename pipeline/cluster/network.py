"""The cluster's network: a bridge of this clone's own whose way out is closed before anything starts on it.

Closed for two reasons: nothing in the cluster may call out, and a Service address that kube-proxy has not programmed yet would leave
the machine and be answered by a stranger.
"""

from __future__ import annotations

import os
from pathlib import Path

from pipeline import engine, process
from pipeline.errors import ClusterError, CommandError
from pipeline.workspace import Workspace

# Private addresses (RFC 1918) that neither Docker's defaults nor the cluster's pods (10.244/16) and Services (10.96/12) use.
_SECOND_OCTET, _CANDIDATES = 231, 16
PODS = "10.244.0.0/16"


def bridge(place: Workspace) -> str:
    """Name of the network's bridge; Linux allows 15 characters."""
    return f"pc-{place.instance}"


def subnets(instance: str) -> list[str]:
    """Subnets to try in turn: where two clones' first choices agree, or another network is in the way, the next one serves."""
    first = int(instance, 16)
    return [f"10.{_SECOND_OCTET}.{(first + step) % 256}.0/24" for step in range(_CANDIDATES)]


def rules(place: Workspace) -> list[tuple[str, list[str]]]:
    """The firewall rules with their chains, the last one to stand first: nobody on the bridge may open a connection to elsewhere.

    The machine itself is elsewhere too. The node is told that it is refused. Pods are not: the machine knows no way to their addresses,
    so the refusal itself would leave it.
    """
    name = bridge(place)
    new = ["-m", "conntrack", "--ctstate", "NEW", "-m", "comment", "--comment", place.name, "-j"]
    chains = {"DOCKER-USER": ["-i", name, "!", "-o", name], "INPUT": ["-i", name]}
    return [(chain, [*where, *what]) for what in ([*new, "REJECT"], ["-s", PODS, *new, "DROP"]) for chain, where in chains.items()]


def ensure(place: Workspace, node_image: str) -> None:
    """Create the network if it is missing, and close it if it is open. Raises `ClusterError` when that is impossible."""
    if not _exists(place):
        _create(place)
    for chain, rule in rules(place):
        if _iptables(node_image, ["-C", chain, *rule], ok=(0, 1)):
            _iptables(node_image, ["-I", chain, *rule])


def remove(place: Workspace, node_image: str) -> None:
    """Remove the rules and the network, if they are there."""
    for chain, rule in rules(place):
        while not _iptables(node_image, ["-C", chain, *rule], ok=(0, 1)):
            _iptables(node_image, ["-D", chain, *rule])
    if _exists(place):
        process.run([engine.DOCKER, "network", "rm", place.name], timeout=60)


def _exists(place: Workspace) -> bool:
    return process.run([engine.DOCKER, "network", "inspect", place.name], timeout=30, ok=(0, 1)).returncode == 0


def _create(place: Workspace) -> None:
    option = f"com.docker.network.bridge.name={bridge(place)}"
    error = ""
    for subnet in subnets(place.instance):
        # minikube passes by a network whose gateway is not written down, and puts the node on Docker's open default bridge.
        addresses = ["--subnet", subnet, "--gateway", subnet.replace(".0/24", ".1")]
        made = process.run([engine.DOCKER, "network", "create", *addresses, "--opt", option, place.name], timeout=60, ok=None)
        if made.returncode == 0:
            return
        error = made.tail
    raise ClusterError(f"Docker made no network for the cluster: {error}", fix="docker network ls, and remove what is not needed")


def _iptables(node_image: str, words: list[str], ok: tuple[int, ...] = (0,)) -> int:
    """Run iptables on the engine's machine: directly as root, else in a container that shares its network and has this one capability."""
    inside = [engine.DOCKER, "run", "--rm", "--network=host", "--cap-drop=ALL", "--cap-add=NET_ADMIN", "--entrypoint=iptables", node_image]
    command: list[str | Path] = ["iptables"] if os.geteuid() == 0 else [*inside]
    try:
        return process.run([*command, "--wait", *words], timeout=60, ok=ok).returncode
    except CommandError as error:
        raise ClusterError(
            f"the firewall refuses the cluster's rule: {error.what}", fix="run as root, or give Docker its iptables back"
        ) from error
