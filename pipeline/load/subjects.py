"""The three services that are measured side by side, all behind a port of 127.0.0.1 that Docker publishes.

What differs is only what is meant to: the cluster path has a NodePort and several instances behind it, the bare process is the released
image itself in one container, and the textbook is Flask and gunicorn on the same Debian. A bare process outside a container would have
another Python and another door.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from pipeline import container, engine, image, process, store
from pipeline.buildkit import Recipe, builder
from pipeline.debian import rootfs
from pipeline.load import control_group, usage
from pipeline.load.changes import NAMESPACE
from pipeline.toolchain import pins
from pipeline.workspace import Workspace

CLUSTER, BARE, TEXTBOOK = "cluster", "bare", "textbook"
_FOLDER = Path(__file__).parent / "textbook"
# Memory for all of gunicorn's workers; the rest as for our own image.
_TEXTBOOK_LIMITS = tuple(word for word in container.LOCKED_DOWN if not word.startswith("--memory"))


@dataclass(frozen=True)
class Subject:
    """A service that answers, and how to read the CPU seconds it has used and those of Docker's proxy before it."""

    name: str
    url: str
    cpu_since: Callable[[], Callable[[], float]]
    """Called before a load, returns what tells the CPU seconds used since."""

    def proxy(self) -> float:
        """CPU seconds of the process that Docker puts before a port published on a loopback address."""
        return control_group.of_processes("docker-proxy", "-host-port", str(urlsplit(self.url).port))


def cluster(place: Workspace) -> Subject:
    """The deployed service."""
    return Subject(CLUSTER, place.url, partial(_of_pods, place))


@contextmanager
def three(place: Workspace, released: str) -> Iterator[tuple[Subject, ...]]:
    """Run the bare process and the textbook beside the cluster for the time of the block; `released` is the image that is deployed."""
    workers = f"--workers={2 * (os.cpu_count() or 1) + 1}"  # as gunicorn's manual advises
    with (
        container.running(place, released) as bare,
        container.running(place, _textbook(place), workers, limits=_TEXTBOOK_LIMITS) as textbook,
    ):
        yield (
            cluster(place),
            Subject(BARE, bare.url, partial(_of_container, bare.name)),
            Subject(TEXTBOOK, textbook.url, partial(_of_container, textbook.name)),
        )


def _of_pods(place: Workspace) -> Callable[[], float]:
    before = usage.of_namespace(place, NAMESPACE)
    return lambda: usage.of_namespace(place, NAMESPACE).cpu_since(before)


def _of_container(name: str) -> Callable[[], float]:
    before = control_group.of_container(name)
    return lambda: control_group.of_container(name) - before


def _textbook(place: Workspace) -> str:
    """Return the textbook's image, built the way ours is and loaded into the engine."""
    contexts = {"rootfs": image.base(place).parent, "packages": image.packages(place, "textbook").parent}
    pin = pins.load(place.root)["buildkit"].version
    key = store.key_of([store.digest_tree(_FOLDER), {name: path.name for name, path in contexts.items()}, pin])
    reference = f"{place.settings.registry}/textbook:{key}"

    def compose(folder: Path) -> None:
        recipe = Recipe(_FOLDER / "Dockerfile", _FOLDER, reference, rootfs.EPOCH, contexts, {})
        with builder(place) as running:
            running.build(recipe, folder / "image.tar")

    archive = store.entry(place.cache / "images" / key, compose) / "image.tar"
    if not engine.image_id(reference):
        process.run([engine.DOCKER, "load", "--quiet", "--input", archive], timeout=300)
    return reference
