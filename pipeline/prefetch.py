"""Builds and fetches whatever the stages use, ahead of the time limits of those who use it, and of being offline."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from rich.table import Table

from pipeline import architecture, console, engine, image
from pipeline.cluster import images, node
from pipeline.debian import fetch, lock, security
from pipeline.errors import PipelineError
from pipeline.gates import database
from pipeline.gates.checks import kubeconform
from pipeline.stage import Run
from pipeline.toolchain import pins, report, supply
from pipeline.toolchain.pins import Pin
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

# What only an own node, and the images that kubeadm asks for, are made of.
_OF_OWN_NODE = {"containerd", "coredns", "crictl", "etcd", "kubernetes"}
# What `cloud-proof` alone needs is left to it.
_OF_CLOUD = {"registry", "crane", "skipper"}


@dataclass(frozen=True)
class There:
    """One kind of thing in the caches: how many, how many bytes (0: not counted), and what cannot be had."""

    kind: str
    count: int
    bytes: int = 0
    lacking: tuple[str, ...] = ()


def prefetch(run: Run) -> None:
    """Fill the caches and show what is there. Advisory data that cannot be reached is told, everything else that lacks is an error."""
    there = [*everything(run.workspace), advisories(run.workspace)]
    console.show(table(there))
    lacking = [text for each in there for text in each.lacking]
    run.figures.update(there=[asdict(each) for each in there], not_verified=lacking)
    counts = ", ".join(f"{each.count} {each.kind}" for each in there)
    run.summary = counts + (f"; {len(lacking)} kinds of advisory data cannot be had" if lacking else "")


def everything(place: Workspace) -> list[There]:
    """Return once a run of every stage finds its tools, its packages, its node image and its cluster images in the cache."""
    engine.ensure(place)
    own = not node.ensure(place).upstream
    steps: dict[str, Callable[[], There]] = {
        "tools": lambda: _tools(place, own=own),
        "Debian packages": lambda: _debian(place, own=own),
        "Python distributions": lambda: _python(place),
        "Kubernetes schemas": lambda: _files("Kubernetes schemas", kubeconform.schemas(place).glob("*.json")),
        "images": lambda: _images(place, own=own),
    }
    found = []
    for number, (kind, step) in enumerate(steps.items(), 1):
        console.progress(f"prefetch {number} of {len(steps)}: {kind}")
        found.append(step())
    return found


def advisories(place: Workspace) -> There:
    """Fetch what is known of vulnerabilities: Debian's security indexes and trivy's database. What does not answer is named, no error."""
    console.progress("prefetch: advisory data")
    lacking = ["Python packages: their advisories are asked for one by one and kept nowhere"]
    count = 0
    for suite, kind in suites(place.root):
        try:
            count += bool(security.index(place, suite, kind))
        except PipelineError as error:
            lacking.append(f"{suite}-security ({kind}): {error.what[:80]}")
    if database.find(place):
        count += 1
    else:
        lacking.append("trivy's vulnerability database: its registry does not answer")
    return There("advisory sources", count, lacking=tuple(lacking))


def suites(root: Path) -> list[tuple[str, str]]:
    """The suites and architectures that Debian packages are locked for."""
    lists = [lock.parse_list(path.read_text("utf-8")) for path in sorted((root / "toolchain" / "debian").glob("*.list"))]
    return sorted({(each.suite, architecture) for each in lists for architecture in each.architectures})


def programs(known: Mapping[str, Pin], *, devbox: bool, own_node: bool, shim: bool) -> list[str]:
    """The pins that a run needs on this machine."""
    unneeded = _OF_CLOUD | (set() if own_node else _OF_OWN_NODE) | (set() if shim else {"runc-shim"})
    return [pin.name for pin in report.wanted(known.values(), devbox=devbox) if pin.name not in unneeded]


def _tools(place: Workspace, *, own: bool) -> There:
    shim = engine.shim_needed(Path("/proc/self/status").read_text("ascii")) if Path("/proc/self/status").exists() else False
    names = programs(pins.load(place.root), devbox=supply.in_devbox(), own_node=own, shim=shim)
    return _files("tools", [supply.find(place, name).path for name in names])


def _debian(place: Workspace, *, own: bool) -> There:
    wanted = {"service": architecture.own(), "network": "amd64"} | ({"node": "amd64", "init": "amd64"} if own else {})
    lists = place.root / "toolchain" / "debian"
    return _files("Debian packages", {deb for name, kind in wanted.items() for deb in fetch.debs(place, lists / f"{name}.lock", kind)})


def _python(place: Workspace) -> There:
    """The service's, installed as its image has them, and this environment's, which is complete since this very module runs in it."""
    image.packages(place)
    return There("Python distributions", sum(1 for _ in metadata.distributions()))


def _images(place: Workspace, *, own: bool) -> There:
    image.base(place)
    kept = [node.stored(place)] if own else []
    sources = images.of_addons(place) + images.of_monitoring(place) + (images.of_kubernetes(place) if own else [])
    return _files("images", [*kept, *images.archives(place, sources).values()])


def _files(kind: str, files: Iterable[Path]) -> There:
    sizes = [os.stat(file).st_size for file in files]  # noqa: PTH116 - follows links, as what uses the file does
    return There(kind, len(sizes), sum(sizes))


def table(there: Iterable[There]) -> Table:
    """Draw what is in the caches."""
    drawn = Table(pad_edge=False)
    for heading in ("what", "how many", "MB", "cannot be had here"):
        drawn.add_column(heading, justify="right" if heading in {"how many", "MB"} else "left", overflow="fold")
    for each in there:
        drawn.add_row(each.kind, str(each.count), f"{each.bytes / 1e6:.0f}" if each.bytes else "", "; ".join(each.lacking))
    return drawn
