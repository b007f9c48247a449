"""The container engine: the Docker that answers is used; on Debian, as root, one is installed and started.

The engine belongs to the machine, not to a clone, so its files are kept beside the shared caches and every change is made under one lock.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline import process, store
from pipeline.daemon import Daemon
from pipeline.errors import CommandError, EngineError
from pipeline.process import Completed
from pipeline.stage import Run
from pipeline.toolchain import apt, supply
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

DOCKER = "docker"
LEAST_FREE_GIB = 10
_START_SECONDS = 60
_MODULES = Path("/lib/modules")
_MADE_MODULES = "made-modules"
# capabilities(7): CAP_SYS_RESOURCE is bit 24.
_CAP_SYS_RESOURCE = 1 << 24


def start(run: Run) -> None:
    """Make sure that an engine answers and that there is room to work. Raises `EngineError` otherwise."""
    place = run.workspace
    place.cache.mkdir(parents=True, exist_ok=True)
    ensure(place)
    info = json.loads(process.run([DOCKER, "info", "--format", "{{json .}}"], timeout=30).stdout)
    for folder in (place.cache, Path(info["DockerRootDir"])):
        # The engine's folder is on another machine or in a VM when Docker is remote; then only the cache counts.
        if folder.exists():
            require_space(folder, shutil.disk_usage(folder).free)
    run.figures.update(version=info["ServerVersion"], driver=info["Driver"], runtime=info["DefaultRuntime"])
    run.summary = f"Docker {info['ServerVersion']} answers ({info['Driver']}, {info['DefaultRuntime']})"


def require_space(folder: Path, free: int) -> None:
    """Raise `EngineError` when `free` bytes are too few for images and cluster."""
    if free < LEAST_FREE_GIB << 30:
        raise EngineError(
            f"{folder} has {free / (1 << 30):.1f} GiB free, {LEAST_FREE_GIB} are needed", fix="docker system prune, or set XDG_CACHE_HOME"
        )


def answers() -> bool:
    """Whether the engine that the environment names answers."""
    try:
        return process.run([DOCKER, "version", "--format", "{{.Server.Version}}"], timeout=20, ok=None).returncode == 0
    except CommandError:
        return False


def image_id(reference: str) -> str:
    """Return the ID that the engine shows for an image, empty when it has none of that name."""
    return process.run([DOCKER, "image", "inspect", "--format", "{{.Id}}", reference], timeout=30, ok=(0, 1)).stdout.strip()


def container(name: str) -> dict[str, Any]:
    """Return what the engine knows of a container (`docker container inspect`), empty when it has none of that name."""
    said = process.run([DOCKER, "container", "inspect", name], timeout=30, ok=(0, 1)).stdout
    return dict(next(iter(json.loads(said)), {}))


def in_node(  # noqa: PLR0913 - as process.run, of which it passes them on
    place: Workspace,
    *argv: str,
    timeout: float = 60,
    stdin: str | None = None,
    environment: Mapping[str, str] | None = None,
    ok: Sequence[int] | None = (0,),
    fix: str = "nox -s cluster",
) -> Completed:
    """Run a program as root in the container of this clone's node. Arguments are those of `process.run`.

    Raises `CommandError` as that does; when the program could not be started there, the exit code is 125, 126 or 127 (docker-exec(1)).
    """
    options = [f"--env={name}={value}" for name, value in (environment or {}).items()]
    if stdin is not None:
        options.append("--interactive")
    return process.run([DOCKER, "exec", *options, place.name, *argv], timeout=timeout, stdin=stdin, ok=ok, fix=fix)


def ensure(place: Workspace) -> None:
    """Return once an engine answers. Raises `EngineError` when none does and none can be started here."""
    if answers():
        return
    if host := os.environ.get("DOCKER_HOST"):
        raise EngineError(f"no engine answers at DOCKER_HOST={host}", fix="start it, or unset DOCKER_HOST")
    if sys.platform != "linux" or os.geteuid() != 0:
        raise EngineError(
            "no Docker engine answers", fix="start Docker (systemctl start docker, or Docker Desktop), or run as root on Debian"
        )
    with store.locked(place.cache / "engine" / "lock", wait=300, what="the container engine"):
        if not answers():
            if shutil.which("dockerd") is None:
                apt.ensure(["docker.io"])
            _start_daemon(place)


def shim_needed(status: str) -> bool:
    """Whether `/proc/self/status` shows a bounding set without CAP_SYS_RESOURCE: then no privileged container starts without the shim."""
    bounding = next(line for line in status.splitlines() if line.startswith("CapBnd:"))
    return not int(bounding.split()[1], 16) & _CAP_SYS_RESOURCE


def runtime(place: Workspace) -> Path:
    """Return the OCI runtime that works on this host: runc, or the shim in front of it."""
    if shim_needed(Path("/proc/self/status").read_text("ascii")):
        return supply.module(place, "runc-shim") / "runc-shim"
    found = shutil.which("runc")
    if found is None:
        raise EngineError("runc is not on the PATH", fix="apt-get install runc")
    return Path(found)


def daemon_settings(shim: Path | None) -> dict[str, object]:
    """What dockerd is told: nothing where the host has all capabilities, the shim as runtime where it has not."""
    if shim is None:
        return {}
    # Without the capability a negative score, which dockerd gives itself by default, is refused.
    return {"default-runtime": "runc-shim", "runtimes": {"runc-shim": {"path": str(shim)}}, "oom-score-adjust": 0}


def _start_daemon(place: Workspace) -> None:
    """Start dockerd in the background and wait for its answer."""
    daemon = _daemon(place)
    shim = runtime(place) if shim_needed(Path("/proc/self/status").read_text("ascii")) else None
    configuration = daemon.folder / "configuration.json"
    store.write(configuration, json.dumps(daemon_settings(shim), indent=1))
    if not _MODULES.exists():
        _MODULES.mkdir()  # minikube mounts it into the node
        (daemon.folder / _MADE_MODULES).touch()
    _clear_stale_pid(Path("/run/docker.pid"), "dockerd")
    _clear_stale_pid(Path("/run/docker/containerd/containerd.pid"), "containerd")
    log.info("starting the Docker engine")
    try:
        daemon.start(["dockerd", "--config-file", configuration], ready=answers, seconds=_START_SECONDS)
    except CommandError as error:
        raise EngineError(error.what, fix=error.fix) from error


def stop_if_ours(place: Workspace) -> bool:
    """End the engine if this project started it and no container is left. Return whether it was ended."""
    daemon = _daemon(place)
    if not daemon.known() or (daemon.alive() and process.run([DOCKER, "ps", "-aq"], timeout=30).stdout.split()):
        return False
    stopped = daemon.stop(seconds=_START_SECONDS)
    made = daemon.folder / _MADE_MODULES
    if made.exists() and _MODULES.is_dir() and not any(_MODULES.iterdir()):
        _MODULES.rmdir()
    made.unlink(missing_ok=True)
    return stopped


def remove_containers(*, having: str) -> None:
    """Remove the containers that match a filter of `docker ps`, running or not, with their anonymous volumes."""
    if ids := containers(having=having):
        # One that ends meanwhile by itself is no failure.
        process.run([DOCKER, "rm", "--force", "--volumes", *ids], timeout=120, ok=None)


def containers(*, having: str) -> list[str]:
    """Return the IDs of the containers that match a filter of `docker ps`, running or not."""
    return process.run([DOCKER, "ps", "--all", "--quiet", "--filter", having], timeout=30).stdout.split()


def _clear_stale_pid(file: Path, program: str) -> None:
    """Remove the pid file of a daemon that is gone: its number may belong to another program by now, and dockerd would wait for that."""
    try:
        name = Path(f"/proc/{int(file.read_text('ascii'))}/comm").read_text("ascii").strip()
    except (OSError, ValueError):
        name = ""
    if name != program:
        file.unlink(missing_ok=True)


def _daemon(place: Workspace) -> Daemon:
    return Daemon("dockerd", place.cache / "engine")
