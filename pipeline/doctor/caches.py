"""What a run finds ready and what it has yet to get: disk, the cache's health, what is missing in it, and who could supply that."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import requests

from pipeline import architecture, engine, network, prefetch, process, store
from pipeline.cluster import node
from pipeline.debian import fetch, mirror
from pipeline.doctor.machine import existing
from pipeline.doctor.verdict import Verdict, fail, fine, warn
from pipeline.errors import IntegrityError, PipelineError
from pipeline.gates import database
from pipeline.toolchain import golang, pins, supply
from pipeline.workspace import Workspace

COLD_GIB = 30
"""Measured: 13 of Go modules, 10 of compiled packages, 5 of tools, images and file systems made of them."""
_GIB = 1 << 30
_SECONDS = 4
_MANY = 10  # tools to be built; a few are done in what any run needs
_SAMPLES, _LARGEST = 6, 64 << 20
_KINDS = ("tools", "cluster-images", "node", "rootfs", "packages", "service")


@dataclass(frozen=True)
class Room:
    """Free GiB by folder, and how many tools are still to be built: a machine that has them needs much less."""

    free: dict[str, float]
    lacking: int


def room(place: Workspace) -> Room:
    """Measure the cache's disk and the engine's."""
    folders = {each for each in (existing(place.cache), _engine_folder()) if each and each.is_dir()}
    return Room({str(each): shutil.disk_usage(each).free / _GIB for each in sorted(folders)}, len(_lacking_tools(place)))


def _engine_folder() -> Path | None:
    if shutil.which(engine.DOCKER) is None:
        return None
    said = process.run([engine.DOCKER, "info", "--format", "{{.DockerRootDir}}"], timeout=10, ok=None).stdout.strip()
    return Path(said) if said.startswith("/") else None


def judge_room(seen: Room) -> Verdict:
    """What a warm run needs is a must, what a cold one needs is told before it stops in the middle."""
    folder, free = min(seen.free.items(), key=lambda each: each[1])
    said = f"{free:.0f} GiB free in {folder}"
    fix = "docker system prune, or export XDG_CACHE_HOME=FOLDER on another disk"
    if free < engine.LEAST_FREE_GIB:
        return fail(f"{said}, {engine.LEAST_FREE_GIB} are needed", fix)
    if seen.lacking >= _MANY and free < COLD_GIB:
        return warn(f"{said}; building all tools takes up to {COLD_GIB}, and {seen.lacking} are still to be built", fix)
    return fine(said)


@dataclass(frozen=True)
class Health:
    """The cache folder, whether it can be written, how many entries there are, and what is wrong with one that was hashed."""

    folder: str
    writable: bool
    entries: int
    hashed: int
    damaged: str = ""


def health(place: Workspace) -> Health:
    """Try to write, and hash some entries picked at random: an entry is made once and believed for years."""
    folder = existing(place.cache)
    entries = [each.parent for kind in _KINDS for each in place.cache.glob(f"{kind}/*/.seal.json")]
    small = [each for each in entries if _size(each) < _LARGEST]
    picked = random.SystemRandom().sample(small, min(_SAMPLES, len(small)))
    return Health(str(folder), os.access(folder, os.W_OK | os.X_OK), len(entries), len(picked), _damaged(picked))


def _size(entry: Path) -> int:
    return sum(each.stat().st_size for each in entry.iterdir() if each.is_file())


def _damaged(entries: Iterable[Path]) -> str:
    for entry in entries:
        try:
            store.verify(entry)
        except (IntegrityError, ValueError, KeyError, OSError):
            return str(entry)
    return ""


def judge_health(seen: Health) -> Verdict:
    """Writable, and every hashed entry as it was sealed."""
    if not seen.writable:
        return fail(f"{seen.folder} cannot be written", f"sudo chown -R $(id -u) {seen.folder}, or export XDG_CACHE_HOME=FOLDER")
    if seen.damaged:
        return fail(f"{seen.damaged} is not what was put into it", f"rm -r {seen.damaged}, and check the disk")
    if not seen.entries:
        return fine(f"{seen.folder} is empty, everything will be made")
    return fine(f"{seen.entries} entries, {seen.hashed} of them hashed")


@dataclass(frozen=True)
class Supply:
    """What is missing, and why what would supply it does not (empty: it answers, or was not asked since nothing is missing)."""

    tools: tuple[str, ...]
    packages: int
    no_modules: str = ""
    no_mirror: str = ""


def supplies(place: Workspace) -> Supply:
    """Look for all that locks and pins name, and ask the suppliers of what is not there."""
    tools, packages = _lacking_tools(place), _lacking_packages(place)
    return Supply(tools, packages, _no_modules() if tools else "", _no_mirror() if packages else "")


def _lacking_tools(place: Workspace) -> tuple[str, ...]:
    """The pins that this machine would have to compile."""
    devbox, known = supply.in_devbox(), pins.load(place.root)
    needed = [known[name] for name in prefetch.programs(known, devbox=devbox, own_node=True, shim=True)]
    mine = [pin for pin in needed if pin.executables and not (pin.devbox and devbox)]
    return tuple(pin.name for pin in mine if not store.intact(golang.entry_path(place, pin, place.root / "toolchain" / pin.name)))


def _lacking_packages(place: Workspace) -> int:
    """How many locked Debian packages would have to be fetched: the service's, and the cluster's where no node image is there."""
    own = node.own_image(place)
    ready = store.intact(place.cache / "node" / own.rpartition(":")[2]) or any(map(_in_engine, (own, node.UPSTREAM)))
    locks = ["service.lock"] if ready else ["service.lock", "node.lock", "network.lock", "init.lock"]
    folder = place.root / "toolchain" / "debian"
    return sum(len(fetch.lacking(place, folder / name, architecture.own())) for name in locks)


def _in_engine(reference: str) -> bool:
    return shutil.which(engine.DOCKER) is not None and bool(engine.image_id(reference))


def _no_modules() -> str:
    """Why no Go module can be had."""
    go = shutil.which("go")
    if go is None:
        return "there is no Go compiler in the environment"
    proxies = process.run([go, "env", "GOPROXY"], timeout=10).stdout.strip().replace("|", ",").split(",")
    return _unreachable(next((each for each in proxies if each.startswith("http")), ""), "module proxy")


def _no_mirror() -> str:
    """Why no Debian package can be had."""
    try:
        return _unreachable(mirror.address() + "/debian/", "Debian mirror")
    except PipelineError as error:
        return str(error)


def _unreachable(address: str, what: str) -> str:
    if not address:
        return f"no {what} is configured"
    if not network.allowed():
        return f"the {what} may not be asked ({network.VARIABLE}=1)"
    try:
        requests.head(address, timeout=_SECONDS)
    except requests.RequestException as error:
        return f"the {what} does not answer ({type(error).__name__})"
    return ""


def judge_supplies(seen: Supply) -> Verdict:
    """Which kinds of run are possible."""
    if not seen.tools and not seen.packages:
        return fine("every tool and package is cached: a run needs no network")
    said = f"{len(seen.tools)} tools and {seen.packages} packages are still to be had"
    if reasons := "; ".join(filter(None, (seen.no_modules, seen.no_mirror))):
        return fail(f"{said}, and {reasons}", "connect the machine, or copy ~/.cache/portcullis from one that has run")
    return fine(f"{said}, and their sources answer: the next run needs the network, later ones do not")


def advisories(place: Workspace) -> str:
    """The time that the vulnerability data was collected at, empty when there is none."""
    found = database.read(place.cache / "trivy")
    return f"{found.updated:%Y-%m-%d}" if found else ""


def judge_advisories(seen: str) -> Verdict:
    """Without data nothing is red, and nothing is known: the run says so, and so does this."""
    if not seen:
        return warn("no vulnerability data here: offline, packages are told as UNVERIFIED", "let one run reach vulnerability_database")
    return fine(f"vulnerability data of {seen}")
