"""Runs the service image the way a hostile neighbour would leave it no choice: read-only, no capabilities, little memory, few processes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from pipeline import engine, process
from pipeline.errors import ImageError
from pipeline.workspace import Workspace

LOCKED_DOWN = (
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=128m",
    "--memory-swap=128m",
    "--pids-limit=64",
    "--pull=never",
)
_READY_SECONDS = 20.0
_LABEL = "portcullis.test"


@dataclass(frozen=True)
class Container:
    """A running container of the service and the address it answers on."""

    name: str
    url: str

    def stop(self, seconds: int = 15) -> int:
        """Send SIGTERM, wait up to `seconds`, and return the exit code (137: it had to be killed)."""
        process.run([engine.DOCKER, "stop", f"--time={seconds}", self.name], timeout=seconds + 30)
        return int(engine.container(self.name)["State"]["ExitCode"])

    def logs(self) -> list[str]:
        """Return the lines that the service printed."""
        said = process.run([engine.DOCKER, "logs", self.name], timeout=30)
        return (said.stdout + said.stderr).splitlines()

    def running(self) -> bool:
        """Whether its process is alive."""
        return bool(engine.container(self.name)["State"]["Running"])


@contextmanager
def running(place: Workspace, image: str, *words: str, limits: Sequence[str] = LOCKED_DOWN) -> Iterator[Container]:
    """Start `image` locked down on a random port of 127.0.0.1, wait until it is ready, and remove it afterwards whatever happened.

    `words` go to the image's program.

    Raises `ImageError` with the container's last line when it ends or does not get ready in time.
    """
    name = f"{place.name}-test-{secrets.token_hex(4)}"
    publish = f"--publish=127.0.0.1::{place.settings.service.port}"
    try:
        argv = [engine.DOCKER, "run", "--detach", f"--name={name}", f"--label={_LABEL}={place.name}", *limits, publish, image, *words]
        process.run(argv, timeout=60)
        port = process.run([engine.DOCKER, "port", name, str(place.settings.service.port)], timeout=30, ok=None).stdout.strip()
        started = Container(name, f"http://{port.splitlines()[0] if port else ''}")
        _await_ready(started, place.settings.service.ready_path)
        yield started
    finally:
        engine.remove_containers(having=f"name=^{name}$")


def sweep(place: Workspace) -> None:
    """Remove what a killed test run of this clone left."""
    engine.remove_containers(having=f"label={_LABEL}={place.name}")


def _await_ready(started: Container, path: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            if requests.get(started.url + path, timeout=2).ok:
                return
        except requests.RequestException:
            pass
        if not started.running() or time.monotonic() > deadline:
            state = "did not get ready" if started.running() else "ended"
            raise ImageError(
                f"the container {state}: {(started.logs() or ['it printed nothing'])[-1]}", fix="docker run the image and read its output"
            )
        time.sleep(0.1)
