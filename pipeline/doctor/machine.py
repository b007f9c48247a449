"""The machine itself: system, cores, memory, kernel, clock, port, and the clone's own Git tree."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline import commit, engine, inotify, process
from pipeline.cluster import lifecycle
from pipeline.doctor.verdict import Verdict, fail, fine, warn
from pipeline.workspace import Workspace

_MACHINES = {"x86_64", "aarch64"}
_LEAST_CORES = 2  # minikube refuses fewer
_BESIDE_CLUSTER_MB = 1500  # the stages themselves: BuildKit, the scanners, the tests
_SKEW_SECONDS = 5.0
_TRIED = (3, 11)
_FEW_WATCHES = 65536


def system(_place: Workspace) -> tuple[str, str, tuple[int, int]]:
    """The operating system, the processor, Python's version."""
    return platform.system(), platform.machine(), (int(platform.python_version_tuple()[0]), int(platform.python_version_tuple()[1]))


def judge_system(seen: tuple[str, str, tuple[int, int]]) -> Verdict:
    """Linux on the two processors that there are locks for, and Python from 3.11 on."""
    name, machine, python = seen
    said = f"{name} on {machine}, Python {python[0]}.{python[1]}"
    if name != "Linux":
        return fail(said, "use a Linux machine, or a Linux VM on this one")
    if machine not in _MACHINES:
        return fail(said, f"use one of {', '.join(sorted(_MACHINES))}: nothing is locked for another")
    if python < _TRIED:
        return fail(said, "apt-get install python3 python3-venv, from 3.11 on")
    return fine(said)


@dataclass(frozen=True)
class Tree:
    """What Git says of the clone."""

    version: str
    shallow: bool
    changed: int


def tree(place: Workspace) -> Tree:
    """Ask Git for its version, whether history was cut, and what differs from the commit."""
    version = process.run(["git", "--version"], timeout=5).stdout.split()[2]
    shallow = process.run(["git", "rev-parse", "--is-shallow-repository"], cwd=place.root, timeout=5).stdout.strip() == "true"
    return Tree(version, shallow, len(commit.read(place.root).changed))


def judge_tree(seen: Tree) -> Verdict:
    """The whole history, and no change that is not committed."""
    said = f"Git {seen.version}"
    if seen.shallow:
        return fail(f"{said}, a clone without its history: secrets cannot be looked for in it", "git fetch --unshallow")
    if seen.changed:
        return warn(f"{said}, {seen.changed} uncommitted changes: built and tested, not deployed", "git commit, or git stash")
    return fine(f"{said}, whole history, nothing uncommitted")


@dataclass(frozen=True)
class Clock:
    """Seconds by which the clock differs: of the engine, of the files' times, and of the newest commit (positive: it is ahead of now)."""

    engine: float | None
    files: float
    commit: float


def clock(place: Workspace) -> Clock:
    """Compare the clock with all that also has one."""
    told = process.run([engine.DOCKER, "info", "--format", "{{.SystemTime}}"], timeout=10, ok=None) if shutil.which(engine.DOCKER) else None
    now = time.time()
    with tempfile.NamedTemporaryFile(dir=existing(place.cache)) as file:
        files = Path(file.name).stat().st_mtime - time.time()
    return Clock(_seconds(told.stdout) - now if told and told.returncode == 0 else None, files, commit.read(place.root).epoch - now)


def _seconds(stamp: str) -> float:
    """The Unix time of an RFC 3339 stamp in UTC, to the second."""
    return float(time.mktime(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone)


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(each for each in (folder, *folder.parents) if each.is_dir())


def judge_clock(seen: Clock) -> Verdict:
    """Certificates, tokens of an hour and dated exceptions need a clock that is right; this one can at least be compared."""
    fix = "timedatectl set-ntp true (or: date -s, as root)"
    if seen.commit > _SKEW_SECONDS:
        return fail(f"the newest commit is {seen.commit:.0f} s in the future", fix)
    if seen.engine is not None and abs(seen.engine) > _SKEW_SECONDS:
        return fail(f"the container engine's clock is {seen.engine:+.0f} s off", f"restart Docker; {fix}")
    if abs(seen.files) > _SKEW_SECONDS:
        return warn(f"new files are dated {seen.files:+.0f} s off: the cache is on another machine", "set XDG_CACHE_HOME to a local folder")
    return fine("agrees with files, commit" + (" and engine" if seen.engine is not None else ""))


@dataclass(frozen=True)
class Size:
    """Cores, and memory in MB: all, what is free for the taking, and what the settings give to the cluster, with its cores."""

    cores: int
    total: int
    free: int
    cluster: int
    cluster_cores: int


def size(place: Workspace) -> Size:
    """Count cores and memory."""
    lines = (line.split() for line in Path("/proc/meminfo").read_text("ascii").splitlines())
    memory = {line[0].rstrip(":"): int(line[1]) >> 10 for line in lines}
    cores = len(os.sched_getaffinity(0))
    return Size(cores, memory["MemTotal"], memory["MemAvailable"], place.settings.cluster_memory_mb, place.settings.cluster_cpus)


def judge_size(seen: Size) -> Verdict:
    """The cluster's share and the stages beside it."""
    said = f"{seen.cores} cores, {seen.total} MB ({seen.free} free)"
    needed = seen.cluster + _BESIDE_CLUSTER_MB
    least = max(_LEAST_CORES, seen.cluster_cores)
    if seen.cores < least:
        return fail(f"{said}; {least} cores are needed", "give the machine more, or lower cluster_cpus in pyproject.toml (2 at least)")
    if seen.total < needed:
        return fail(f"{said}; {needed} MB are needed", "give the machine more, or lower cluster_memory_mb in pyproject.toml")
    if seen.free < needed:
        return warn(f"{said}; {needed} MB are wanted unless the cluster runs already", "end what is not needed: docker ps, top")
    return fine(said)


@dataclass(frozen=True)
class Kernel:
    """What the kernel offers. `iptables`: the program is there, or not needed since a container brings it."""

    release: str
    overlay: bool
    bridge: bool
    iptables: bool
    userns: bool
    inotify: inotify.Usage | None
    watches: int


def kernel(_place: Workspace) -> Kernel:
    """Read what the kernel offers. What is a module that is not loaded yet counts as there when it can be loaded."""
    release = platform.release()
    return Kernel(
        release,
        overlay="overlay" in Path("/proc/filesystems").read_text("ascii").split() or _loadable(release, "overlay"),
        bridge=Path("/proc/sys/net/bridge").is_dir() or _loadable(release, "br_netfilter"),
        iptables=os.geteuid() != 0 or shutil.which("iptables") is not None,
        userns=_number("/proc/sys/user/max_user_namespaces") != 0,
        inotify=inotify.usage(),
        watches=_number("/proc/sys/fs/inotify/max_user_watches"),
    )


def _loadable(release: str, module: str) -> bool:
    folder = Path("/lib/modules", release)
    return any(f"/{module}.ko" in line for name in ("modules.dep", "modules.builtin") for line in _lines(folder / name))


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8", "replace").splitlines() if path.is_file() else []


def _number(path: str) -> int:
    """A number of /proc; where there is none, nothing is limited."""
    file = Path(path)
    return int(file.read_text("ascii")) if file.is_file() else 1 << 31


def judge_kernel(seen: Kernel) -> Verdict:
    """What the node's programs cannot do without, the most silent failures first."""
    if seen.inotify and not seen.inotify.enough:
        return fail(f"{seen.inotify}: the next cluster would not start, and not say why", inotify.FIX)
    needed = (
        (seen.overlay, "overlay file systems: containers have no disk", "modprobe overlay"),
        (seen.bridge, "br_netfilter: NetworkPolicy would not reach neighbours on one bridge", "modprobe br_netfilter"),
        (seen.iptables, "iptables on the PATH: the cluster's way out cannot be closed", "apt-get install iptables"),
    )
    for there, what, fix in needed:
        if not there:
            return fail(f"{seen.release} has no {what}", fix)
    if not seen.userns:
        return warn(f"{seen.release} allows no user namespaces: only root can build images", "sysctl -w user.max_user_namespaces=15000")
    if seen.watches < _FEW_WATCHES:
        return warn(f"{seen.watches} inotify watches are few", "sysctl -w fs.inotify.max_user_watches=524288")
    return fine(f"{seen.release}" + (f"; {seen.inotify}" if seen.inotify else ""))


@dataclass(frozen=True)
class Port:
    """The URL's port: whether it is free, and whether this clone's own node has it."""

    number: int
    free: bool
    ours: bool


def port(place: Workspace) -> Port:
    """Try the port, and ask whose it is."""
    free = lifecycle.port_is_free(place.port)
    ours = not free and bool(engine.containers(having=f"name=^{place.name}$"))
    return Port(place.port, free, ours)


def judge_port(seen: Port) -> Verdict:
    """Free, or in the hands of this clone's own cluster."""
    if seen.ours:
        return fine(f"{seen.number}, this clone's cluster has it")
    if not seen.free:
        return fail(f"{seen.number} of 127.0.0.1 is taken", f"export PORTCULLIS_PORT={seen.number + 1} (any free port)")
    return fine(f"{seen.number} is free")
