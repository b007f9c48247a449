"""Brings the cluster to what it is meant to be, from whatever is found: nothing, a stopped one, half a one, or one with other settings."""

from __future__ import annotations

import json
import logging
import shutil
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pipeline import console, engine, inotify, kubectl, locks, process, store
from pipeline.cluster import (
    access,
    admission,
    attackers,
    furniture,
    hardening,
    health,
    images,
    minikube,
    network,
    node,
    ports,
    running,
    spec,
    volumes,
)
from pipeline.cluster.node import Node
from pipeline.cluster.spec import Spec
from pipeline.errors import BusyError, ClusterError, PipelineError
from pipeline.stage import Run
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

Action = Literal["keep", "resume", "reconfigure", "create", "replace"]
# minikube restarts nothing whose kubeadm configuration looks the same, and files and the kubelet's flags are not in it. Manifests that lie
# there while kubeadm writes them anew look to a new kubelet like pods that went and came, and for those it waits two minutes.
_FORGOTTEN = (
    ("find", "/var", "-maxdepth", "3", "-path", "*/minikube/kubeadm.yaml", "-delete"),
    ("find", "/etc/kubernetes/manifests", "-type", "f", "-delete"),
)
_UNDECLARED = "its programs run with other flags than declared"
_START_SECONDS, _STOP_SECONDS, _SETTLE_SECONDS = 600, 60, 180.0


@dataclass(frozen=True)
class Mark:
    """What is written down once a cluster is complete: the container that it runs in and what it was made to be."""

    container: str
    machine: str
    settings: str


@dataclass(frozen=True)
class Seen:
    """What is there: the node's container (empty: none), whether it runs, the mark, and whether the API says it is healthy.

    `declared`: its programs run with the flags that this tree declares.
    """

    container: str
    running: bool
    mark: Mark | None
    healthy: bool
    declared: bool


def decide(seen: Seen, wanted: Spec) -> tuple[Action, str]:
    """Return what to do about a cluster and why, in words for the person."""
    mark = seen.mark
    if not seen.container:
        return "create", "there is none"
    if mark is None or mark.container != seen.container:
        return "replace", "the one there was never completed"
    remedies: tuple[tuple[bool, Action, str], ...] = (
        (mark.machine != wanted.machine, "replace", "the one there is another machine"),
        (mark.settings != wanted.settings, "reconfigure", "its settings have changed"),
        (not seen.running, "resume", "it is stopped"),
        (not seen.healthy, "resume", "it does not answer"),
        (not seen.declared, "reconfigure", _UNDECLARED),
        (True, "keep", "it runs as declared"),
    )
    return next((action, why) for applies, action, why in remedies if applies)


def ensure(run: Run) -> None:
    """Return with a running, healthy cluster of the declared settings. Raises `ClusterError`, or `BusyError` when its port is taken."""
    place = run.workspace
    place.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    store.write(place.owner, str(place.root))
    with locks.held(place, "cluster", wait=_START_SECONDS):
        seen = observe(place)
        if not seen.container:
            _require_port(place)  # before the node image takes its minutes
        if not seen.running:
            _require_inotify(inotify.usage())
        image = node.ensure(place)
        wanted = spec.make(place, image.image, upstream=image.upstream)
        action, why = decide(seen, wanted)
        if action in {"keep", "resume", "reconfigure"}:
            network.ensure(place, image.image)  # a restarted engine or firewall may have lost the rules
        if action == "resume" and not _resumed(place, wanted):
            action, why = "replace", "it could not be resumed"
        # While a program restarts nobody can say how it runs: somebody may have loosened it a moment ago.
        if action == "resume" and not running.as_declared(place):
            action, why = "reconfigure", _UNDECLARED
        if action == "reconfigure" and not _reconfigured(place, image, wanted):
            action, why = "replace", "it could not be brought to its new settings"
        if action in {"create", "replace"}:
            log.info("making the cluster: %s", why)
            _create(place, image, wanted)
        if action == "keep":
            hardening.apply(place)
        # Whatever became of them since: rights and rules are what is declared, after every run.
        attackers.remove(place)
        access.apply(place)
        volumes.ensure(place)
        policies = admission.apply(place)
    run.figures.update(
        action=action, reason=why, machine=wanted.machine, settings=wanted.settings, upstream=image.upstream, policies=policies
    )
    run.summary = (
        f"{place.name} {_told(action, why)}; Kubernetes {place.settings.kubernetes}, egress cut, NetworkPolicy enforced, "
        f"{policies} admission policies"
    )


def _told(action: Action, why: str) -> str:
    """What was done, in the words of the summary."""
    words = {
        "keep": "is unchanged",
        "resume": f"was resumed: {why}",
        "reconfigure": f"was reconfigured: {why}",
        "create": "is new",
        "replace": f"was replaced: {why}",
    }
    return words[action]


def observe(place: Workspace) -> Seen:
    """Look at the node's container, the mark and the API."""
    container = engine.container(place.name)
    runs = bool(container) and container["State"]["Running"]
    return Seen(container.get("Id", ""), runs, _read_mark(place), runs and not health.faults(place), runs and running.as_declared(place))


def _create(place: Workspace, image: Node, wanted: Spec) -> None:
    """Make the cluster anew. Whatever half of it is left by a failure or an interruption has no mark, so the next run replaces it."""
    _mark_path(place).unlink(missing_ok=True)
    _delete(place)
    _require_port(place)
    network.ensure(place, image.image)
    furniture.bring(place, furniture.new_key(), upstream=image.upstream)
    _start(place, wanted)


def _start(place: Workspace, wanted: Spec) -> None:
    """Start what is furnished, complete it, and write down what it now is. Raises `ClusterError` when that is not what is declared."""
    addons = images.archives(place, images.of_addons(place))
    minikube.run(place, wanted.arguments, timeout=_START_SECONDS)
    for reference, archive in addons.items():
        images.put(place, reference, archive)
    hardening.apply(place)
    apply_addons(place)
    _settle(place)
    if found := running.differences(running.flags(place)):
        raise ClusterError(f"the cluster does not run as declared: {'; '.join(found[:3])}", fix=minikube.AGAIN)
    mark = Mark(engine.container(place.name)["Id"], wanted.machine, wanted.settings)
    store.write(_mark_path(place), json.dumps(asdict(mark)))


def apply_addons(place: Workspace) -> None:
    """Apply cluster/addons. kube-router went in with the start; applied again it is unchanged."""
    kubectl.run(place, "apply", "--filename", place.root / "cluster" / "addons")


def _resumed(place: Workspace, wanted: Spec) -> bool:
    """Start a stopped or silent cluster again; whether that made it healthy."""
    try:
        if ports.dead(engine.container(place.name)):
            # Only a start of the container makes the engine listen again.
            process.run([engine.DOCKER, "stop", place.name], timeout=_STOP_SECONDS)
        minikube.run(place, wanted.arguments, timeout=_START_SECONDS)
        hardening.apply(place)
        _settle(place)
    except PipelineError as error:
        log.info("the cluster could not be resumed: %s", error.what)
        return False
    return True


def _reconfigured(place: Workspace, image: Node, wanted: Spec) -> bool:
    """Restart the cluster's own programs with new settings; whether they then run with them. Node, data and workloads stay.

    The key of the Secrets stays too: with another one nothing could read them.
    """
    console.progress("cluster: restarting its programs with new settings")
    try:
        furniture.bring(place, furniture.kept_key(place), upstream=image.upstream)
        process.run([engine.DOCKER, "start", place.name], timeout=60)
        for forget in _FORGOTTEN:
            engine.in_node(place, *forget)
        _start(place, wanted)
    except (PipelineError, OSError, ValueError) as error:
        log.info("the cluster could not be reconfigured: %s", error)
        return False
    return True


def _settle(place: Workspace) -> None:
    """Wait until nothing is wrong any more. Raises `ClusterError` with what still is after the limit."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    console.progress("cluster: waiting until every part is ready")
    while found := health.faults(place):
        if time.monotonic() > deadline:
            raise ClusterError(f"the cluster is not healthy: {'; '.join(found[:3])}", fix=minikube.AGAIN)
        time.sleep(1)


def _require_port(place: Workspace) -> None:
    """Raise `BusyError` when somebody else has the URL's port."""
    if not port_is_free(place.port):
        raise BusyError(f"port {place.port} of 127.0.0.1 is taken", fix=f"export PORTCULLIS_PORT={place.port + 1} (any free port)")


def port_is_free(port: int) -> bool:
    """Whether a program could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _require_inotify(usage: inotify.Usage | None) -> None:
    """Raise `ClusterError` where the node's programs would find too few instances: they would fail, and not say of what."""
    if usage and not usage.enough:
        raise ClusterError(f"{usage}: other clusters have the rest", fix=inotify.FIX)


def destroy(place: Workspace) -> None:
    """Remove cluster, volume, network and firewall rules of this clone, whatever of them there is."""
    _mark_path(place).unlink(missing_ok=True)
    _delete(place)
    network.remove(place, node.own_image(place) if engine.image_id(node.own_image(place)) else node.UPSTREAM)


def _delete(place: Workspace) -> None:
    """Remove the node's container with its volume, and minikube's notes about the profile."""
    process.run([engine.DOCKER, "rm", "--force", "--volumes", place.name], timeout=120, ok=(0, 1))
    process.run([engine.DOCKER, "volume", "rm", "--force", place.name], timeout=60)
    for left in ("profiles", "machines"):
        shutil.rmtree(minikube.home(place) / left / place.name, ignore_errors=True)
    place.kubeconfig.unlink(missing_ok=True)


def _mark_path(place: Workspace) -> Path:
    return place.state / "cluster.json"


def _read_mark(place: Workspace) -> Mark | None:
    try:
        return Mark(**json.loads(_mark_path(place).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
