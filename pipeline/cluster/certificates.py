"""Approves the kubelet's request for a serving certificate of the cluster's own authority, and nothing else.

Kubernetes leaves such requests to a person, since a kubelet could ask for anybody's name. What a request may hold is therefore taken from
the engine, which made the node, and not from what the node says about itself.
https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#certificate-rotation
"""

from __future__ import annotations

import base64
import logging
import time
from dataclasses import dataclass
from typing import Any

from pipeline import engine, kubectl
from pipeline.cluster import minikube, request
from pipeline.errors import ClusterError
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

SIGNER = "kubernetes.io/kubelet-serving"
_GROUPS = {"system:nodes", "system:authenticated"}
_USAGES = ({"digital signature", "server auth"}, {"digital signature", "key encipherment", "server auth"})
_SERVED = "/var/lib/kubelet/pki/kubelet-server-current.pem"
_SECONDS = 90.0


@dataclass(frozen=True)
class Node:
    """What the engine knows of a node: its name and its addresses."""

    name: str
    addresses: tuple[str, ...]


def approve(place: Workspace) -> list[str]:
    """Approve what may be approved, until the kubelet serves a certificate. Return what was left pending, in words.

    Raises `ClusterError` when the kubelet has none after 90 s.
    """
    node = expected(place)
    deadline = time.monotonic() + _SECONDS
    while True:
        left = _pass(place, node)
        if _serves(place):
            break
        if time.monotonic() > deadline:
            why = "; ".join(left) or "it asked for none"
            raise ClusterError(f"the kubelet has no serving certificate: {why}", fix=minikube.AGAIN)
        time.sleep(1)
    for sentence in left:
        log.info("left pending: %s", sentence)
    return left


def expected(place: Workspace) -> Node:
    """Return the node as the engine made it."""
    networks = engine.container(place.name)["NetworkSettings"]["Networks"]
    return Node(place.name, tuple(sorted(network["IPAddress"] for network in networks.values())))


def _pass(place: Workspace, node: Node) -> list[str]:
    """Approve each pending request that nothing speaks against; return the others with the reason."""
    left = []
    for each in kubectl.get(place, "certificatesigningrequests"):
        if each.get("status", {}).get("conditions"):
            continue
        name = each["metadata"]["name"]
        if against := objections(each, node):
            left.append(f"{name} of {each['spec'].get('username')}: {'; '.join(against)}")
        else:
            kubectl.run(place, "certificate", "approve", name)
            log.info("approved the serving certificate of %s", node.name)
    return left


def _serves(place: Workspace) -> bool:
    return engine.in_node(place, "test", "-s", _SERVED, ok=(0, 1)).returncode == 0


def objections(asked: dict[str, Any], node: Node) -> list[str]:
    """Return what speaks against a request, as the API shows it, being `node`'s for its own serving certificate; empty: nothing."""
    spec = asked["spec"]
    identity = f"system:node:{node.name}"
    try:
        content = request.read(base64.b64decode(spec["request"], validate=True).decode("ascii"))
    except (ValueError, KeyError) as error:
        return [f"its request is not readable ({error})"]
    facts: dict[str, tuple[object, object]] = {
        "signer": (spec.get("signerName"), SIGNER),
        "requestor": (spec.get("username"), identity),
        "groups": (set(spec.get("groups", [])), _GROUPS),
        "common name": (content.common_names, (identity,)),
        "organisation": (content.organisations, ("system:nodes",)),
        "names": (content.names, (node.name,)),
        "addresses": (content.addresses, node.addresses),
    }
    found = [f"{what} {_words(got)}, expected {_words(wanted)}" for what, (got, wanted) in facts.items() if got != wanted]
    if set(spec.get("usages", [])) not in _USAGES:
        found.append(f"usages {_words(set(spec.get('usages', [])))}")
    return found


def _words(value: object) -> str:
    return ", ".join(sorted(value)) or "none" if isinstance(value, set | tuple) else str(value)
