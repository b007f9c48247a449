"""The second cluster itself: two nodes in two zones on a network that leads nowhere, made for one session and taken away with it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence

from pipeline import console, engine, kubectl, process, store
from pipeline.cloud import spec
from pipeline.cloud.spec import Node
from pipeline.cluster import access, furniture, health, images, minikube, network
from pipeline.cluster import node as node_images
from pipeline.errors import ClusterError
from pipeline.process import Completed
from pipeline.workspace import Workspace

_START_SECONDS, _SETTLE_SECONDS = 900, 180.0
_CONFIGURATION = "/etc/cni/net.d/10-portcullis.conflist"


def create(second: Workspace) -> list[Node]:
    """Make the cluster and return its nodes. The way out of their network is closed before the first of them starts."""
    second.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    image = node_images.ensure(second)
    archives = images.archives(second, images.of_addons(second))
    network.ensure(second, image.image)
    if not image.upstream:
        furniture.supplies(second)
    policies = second.state / "kube-router.yaml"
    store.write(policies, spec.policies((second.root / "cluster" / "addons" / "kube-router.yaml").read_text("utf-8")))
    minikube.run(second, spec.arguments(second, image.image, policies, upstream=image.upstream), timeout=_START_SECONDS)
    found = spec.nodes(kubectl.get(second, "nodes"))
    _connect(found)
    wanted = archives | ({} if image.upstream else images.archives(second, images.of_kubernetes(second)))
    for reference, archive in wanted.items():
        if any(part in reference for part in ("kube-router", "kube-proxy", "pause", "coredns")):
            minikube.run(second, ["image", "load", str(archive)], timeout=300)
    for each in found:
        kubectl.run(second, "label", "node", each.name, f"{spec.ZONE_LABEL}={each.zone}", "--overwrite")
    # These came up before their node had its range.
    kubectl.run(second, "--namespace=kube-system", "delete", "pods", "--selector=k8s-app=kube-dns", "--wait=false")
    _settle(second)
    return found


def run(node: Node, *argv: str, stdin: str | None = None, timeout: float = 60, ok: Sequence[int] | None = (0,)) -> Completed:
    """Run a program as root on a node. Raises `CommandError` as `process.run` does."""
    interactive = [] if stdin is None else ["--interactive"]
    return process.run([engine.DOCKER, "exec", *interactive, node.name, *argv], stdin=stdin, timeout=timeout, ok=ok)


def _connect(nodes: Sequence[Node]) -> None:
    """Give each node its own range of pods and a route to those of the others: what a cloud's network does for its machines."""
    for node in nodes:
        put(node, _CONFIGURATION, spec.bridge(node))
        run(node, "ip", "link", "delete", "cni0", ok=(0, 1))
        for other in nodes:
            if other != node:
                run(node, "ip", "route", "replace", other.pods, "via", other.address)


def put(node: Node, path: str, text: str, mode: str = "0600") -> None:
    """Write a file on a node; what is in it is in no log."""
    run(node, "install", "-D", "-m", mode, "/dev/stdin", path, stdin=text)


def _settle(second: Workspace) -> None:
    """Wait until nodes and the pods of kube-system are ready. Raises `ClusterError` with what is not after the limit."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    console.progress("cloud: waiting until both nodes and every part are ready")
    while found := _faults(second):
        if time.monotonic() > deadline:
            raise ClusterError(f"the second cluster is not healthy: {'; '.join(found[:3])}", fix="read the stage's log")
        time.sleep(1)


def _faults(second: Workspace) -> list[str]:
    pods = kubectl.get(second, "--namespace=kube-system", "pods")
    pods = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    return [fault for fault in health.judge(kubectl.get(second, "nodes"), pods, []) if not fault.startswith("metrics-server")]


def grant(second: Workspace) -> None:
    """Make the service's namespace, and the deployer with its rights: those of the main cluster, and the Ingress."""
    for path in (access.namespace_file(second), second.root / "cluster" / "access", second.root / "cluster" / "cloud"):
        kubectl.run(second, "apply", "--filename", path)


def destroy(second: Workspace) -> None:
    """Remove nodes, registry, volumes, network, firewall rules and state of the second cluster, whatever of them there is."""
    engine.remove_containers(having=f"name=^{second.name}")
    for name in (second.name, *(f"{second.name}-m{number:02}" for number in range(2, len(spec.ZONES) + 1))):
        process.run([engine.DOCKER, "volume", "rm", "--force", name], timeout=60)
    own = node_images.own_image(second)
    network.remove(second, own if engine.image_id(own) else node_images.UPSTREAM)
    shutil.rmtree(second.state, ignore_errors=True)
