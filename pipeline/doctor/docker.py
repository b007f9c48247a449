"""The container engine: whether one answers, which, and who else could start one here."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import engine, process
from pipeline.doctor.verdict import Verdict, fail, fine, warn
from pipeline.workspace import Workspace

_OLDEST = (20, 10)  # what the pinned buildx speaks to, and the oldest that this project has run with
_SLOW = {"vfs", "fuse-overlayfs"}
_SOCKET = Path("/var/run/docker.sock")
_NUMBER = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True)
class Engine:
    """What there is. `version` is empty when none answers; `host` is DOCKER_HOST; `error` what the client says."""

    client: bool
    host: str = ""
    socket: bool = False
    installs: bool = False
    """Root on Debian: the stage `docker` installs and starts one."""
    version: str = ""
    driver: str = ""
    rootless: bool = False
    error: str = ""


def look(_place: Workspace) -> Engine:
    """Ask the engine that the environment names."""
    installs = os.geteuid() == 0 and platform.freedesktop_os_release().get("ID") == "debian"
    found = Engine(shutil.which(engine.DOCKER) is not None, os.environ.get("DOCKER_HOST", ""), _SOCKET.exists(), installs)
    if not found.client:
        return found
    said = process.run([engine.DOCKER, "info", "--format", "{{json .}}"], timeout=15, ok=None)
    info = json.loads(said.stdout) if said.stdout.startswith("{") else {}
    rootless = any("rootless" in option for option in info.get("SecurityOptions") or [])
    error = " ".join(info.get("ServerErrors") or [said.tail])
    return replace(found, version=info.get("ServerVersion", ""), driver=info.get("Driver", ""), rootless=rootless, error=error)


def judge(seen: Engine) -> Verdict:
    """One that answers, or the way to one."""
    return _answering(seen) if seen.version else _silent(seen)


def _answering(seen: Engine) -> Verdict:
    said = f"Docker {seen.version} answers ({seen.driver}{', rootless' if seen.rootless else ''})"
    found = _NUMBER.match(seen.version)
    if found and (int(found[1]), int(found[2])) < _OLDEST:
        return fail(f"{said}, too old", f"install {_OLDEST[0]}.{_OLDEST[1]} or newer")
    if seen.rootless:
        return warn(f"{said}: not tried, the cluster's way out is closed by iptables", "a rootful Docker, if the stage cluster fails")
    if seen.driver in _SLOW:
        return warn(f"{said}: copies whole file systems", "set storage-driver overlay2 in daemon.json, on ext4 or xfs")
    return fine(said)


def _silent(seen: Engine) -> Verdict:
    if seen.host:
        return fail(f"no engine answers at DOCKER_HOST={seen.host}", "start it, or unset DOCKER_HOST")
    if seen.socket and "permission denied" in seen.error.lower():
        return fail("the Docker engine lets this user not in", "sudo usermod -aG docker $USER, then log in again")
    if seen.installs:
        return fine("none answers; root on Debian: the first run starts one" + ("" if seen.client else ", and installs it"))
    if seen.client:
        return fail("no Docker engine answers", "sudo systemctl start docker, or start Docker Desktop")
    return fail("there is no Docker", "install Docker and start it, or run as root on Debian")
