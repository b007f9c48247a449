"""The images that run in the cluster: built as archives from pinned programs, and brought to the node by their ID, never by tag alone."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pipeline import console, engine, locks, process, store
from pipeline.buildkit import Builder, Recipe, builder
from pipeline.cluster import minikube
from pipeline.debian import fetch, rootfs
from pipeline.errors import ClusterError, CommandError
from pipeline.image import image_id
from pipeline.toolchain import pins, supply
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

_LOAD_SECONDS = 300


@dataclass(frozen=True)
class Source:
    """How one image is made: its reference, the target in cluster/images/Dockerfile, the pin it is built from, and the program."""

    reference: str
    target: str
    pin: str
    program: str


def of_kubernetes(place: Workspace) -> list[Source]:
    """The images that kubeadm asks for, under the names that it asks for (`kubeadm config images list`)."""
    known = pins.load(place.root)
    version = place.settings.kubernetes
    core = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
    return [
        *(Source(f"registry.k8s.io/{name}:v{version}", "plain", "kubernetes", name) for name in core),
        Source(f"registry.k8s.io/kube-proxy:v{version}", "network", "kubernetes", "kube-proxy"),
        Source(f"registry.k8s.io/etcd:{known['etcd'].version}-0", "plain", "etcd", "etcd"),
        Source(f"registry.k8s.io/coredns/coredns:v{known['coredns'].version}", "coredns", "coredns", "coredns"),
        Source("registry.k8s.io/pause:3.10.1", "pause", "", "usr/bin/catatonit"),
    ]


def of_addons(place: Workspace) -> list[Source]:
    """The images of cluster/addons."""
    known, registry = pins.load(place.root), place.settings.registry
    targets = {"kube-router": "network", "metrics-server": "metrics-server"}
    return [Source(f"{registry}/{name}:v{known[name].version}", target, name, name) for name, target in targets.items()]


def of_monitoring(place: Workspace) -> list[Source]:
    """The images of terraform/monitoring. The tag of each is a hash of what it is made of: what has changed has another name."""
    found = []
    for name in ("alertmanager", "kube-state-metrics", "pager", "prometheus"):
        unnamed = Source(f"{place.settings.registry}/{name}", "monitoring", name, name)
        made_of = _made_of(place, unnamed)
        tag = store.key_of(made_of) + store.key_of([*made_of, name])  # forty digits, as of a commit
        found.append(replace(unnamed, reference=f"{unnamed.reference}:{tag}"))
    return found


def archives(place: Workspace, sources: list[Source]) -> dict[str, Path]:
    """Return the docker-archive of each image by reference, building what the cache lacks."""
    entries = {source: _entry(place, source) for source in sources}
    lacking = [source for source, entry in entries.items() if not store.intact(entry)]
    if lacking:
        recipes = {source: _recipe(place, source) for source in lacking}
        with console.ticking(f"building {len(lacking)} cluster images", 8 * len(lacking)), builder(place) as running:
            for source, recipe in recipes.items():
                store.entry(entries[source], partial(_build, running, recipe))
    return {source.reference: entry / "image.tar" for source, entry in entries.items()}


def _build(running: Builder, recipe: Recipe, folder: Path) -> None:
    running.build(recipe, folder / "image.tar")


def _recipe(place: Workspace, source: Source) -> Recipe:
    dockerfile = place.root / "cluster" / "images" / "Dockerfile"
    return Recipe(
        dockerfile=dockerfile,
        context=dockerfile.parent,
        name=source.reference,
        epoch=rootfs.EPOCH,
        contexts={"tools": _tools(place, source)} | ({"debian": _network(place)} if source.target == "network" else {}),
        arguments={"PROGRAM": source.program},
        target=source.target,
    )


def _entry(place: Workspace, source: Source) -> Path:
    return place.cache / "cluster-images" / f"{Path(source.program).name}-{store.key_of(_made_of(place, source))}"


def _made_of(place: Workspace, source: Source) -> list[str]:
    """Everything that decides what an image becomes."""
    lists = place.root / "toolchain" / "debian"
    made_of = [store.digest(place.root / "cluster" / "images" / "Dockerfile"), source.reference, source.target]
    if source.pin:
        made_of.append(store.digest_tree(place.root / "toolchain" / source.pin))
    if source.target == "network":
        made_of.append(store.digest(lists / "network.lock"))
    if source.target == "pause":
        made_of.append(store.digest(lists / "init.lock"))
    return made_of


def _tools(place: Workspace, source: Source) -> Path:
    """The folder that holds the image's program."""
    if source.pin:
        return supply.module(place, source.pin)
    packages = place.root / "toolchain" / "debian" / "init.lock"
    entry = place.cache / "rootfs" / store.key_of(["init", store.digest(packages)])

    def unpack(folder: Path) -> None:
        rootfs.unpack(fetch.debs(place, packages, "amd64"), folder)

    return store.entry(entry, unpack)


def _network(place: Workspace) -> Path:
    """The folder whose `tree` is a Debian with its iptables set up."""
    packages = place.root / "toolchain" / "debian" / "network.lock"

    def install(folder: Path) -> None:
        with console.ticking("installing the network tools' file system", 30):
            rootfs.install(place, packages, folder / "tree")

    return store.entry(
        place.cache / "rootfs" / store.key_of(["network", store.digest(packages), store.digest(Path(rootfs.__file__))]), install
    )


def load(place: Workspace, reference: str, wanted: str) -> None:
    """Make `reference` mean image `wanted` on the node. Raises `ClusterError` when the node then shows another.

    `minikube image load` keeps an image whose tag exists already, so a stale one is removed first, and the result is looked at.
    """
    if on_node(place, reference) == wanted:
        return
    with _saved(reference) as archive:
        if image_id(archive) != wanted:
            raise ClusterError(f"{reference} in the engine is {image_id(archive)[:19]}, expected {wanted[:19]}", fix="nox -s build")
        put(place, reference, archive)
    if (found := on_node(place, reference)) != wanted:
        raise ClusterError(f"{reference} on the node is {found[:19] or 'missing'}, expected {wanted[:19]}", fix="nox -s cluster")


def put(place: Workspace, reference: str, archive: Path) -> None:
    """Load an archive into the node, in place of whatever has its name there."""
    # On its way it lies on the node under the file's own name, and all archives have the same: another one may not come meanwhile.
    with locks.held(place, "images", wait=_LOAD_SECONDS):
        if (there := on_node(place, reference)) == image_id(archive):
            return
        if there:
            minikube.run(place, ["image", "rm", reference], timeout=60)
        minikube.run(place, ["image", "load", str(archive)], timeout=_LOAD_SECONDS)


def on_node(place: Workspace, reference: str) -> str:
    """Return the image ID that the node's runtime shows for `reference`, empty when it has none."""
    said = engine.in_node(place, "crictl", "inspecti", "--output=json", reference, ok=None)
    try:
        return str(json.loads(said.stdout)["status"]["id"])
    except (ValueError, KeyError):
        return ""


@contextmanager
def _saved(reference: str) -> Iterator[Path]:
    """An archive of the engine's image `reference`, for the time of the block."""
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "image.tar"
        try:
            process.run([engine.DOCKER, "save", "--output", archive, reference], timeout=_LOAD_SECONDS)
        except CommandError as error:
            raise ClusterError(f"the engine has no image {reference}: {error.what}", fix="nox -s build") from error
        yield archive
