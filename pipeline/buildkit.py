"""Builds images with BuildKit: a daemon of our own for the time of the builds, so that the host's engine version does not matter.

With the `source` supplier it is a process, under Devbox a container pinned by digest; both are the version in toolchain/pins.toml.
Builds have no network: whatever goes in is handed in as a context, and so is checked before.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline import engine, process, store
from pipeline.daemon import Daemon
from pipeline.errors import CommandError, ImageError
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

# moby/buildkit v0.26.3, the index digest that public lock files agree on.
_CONTAINER = "moby/buildkit:v0.26.3@sha256:5601811fde88bb9e8a577bfe804af82bccb712e1cd07ff94663bded5e628cf75"
_START_SECONDS, _BUILD_SECONDS, _STOP_SECONDS = 60, 1200, 5


@dataclass(frozen=True)
class Recipe:
    """One image: its Dockerfile, the contexts that the file names, its labels and arguments, and the time stamped on all its files."""

    dockerfile: Path
    context: Path
    name: str
    epoch: int
    contexts: Mapping[str, Path]
    arguments: Mapping[str, str]
    target: str = ""
    cached: bool = True
    """Whether layers of earlier builds may be reused; the proof of reproducibility says no."""


@contextmanager
def builder(place: Workspace) -> Iterator[Builder]:
    """Run a BuildKit daemon for the block and end it afterwards. Raises `ImageError` when it does not start."""
    folder = place.cache / "buildkit"
    with (
        store.locked(folder / "lock", wait=_BUILD_SECONDS, what="the image builder"),
        tempfile.TemporaryDirectory(prefix=f"{place.name}-") as scratch,
    ):
        used = Builder(supply.tool(place, "buildx"), Path(scratch))
        if supply.in_devbox():
            used.create("docker-container", [f"--driver-opt=image={_CONTAINER}"])
            try:
                yield used
            finally:
                used.remove()
            return
        with _process(place, folder, Path(scratch) / "sock") as address:
            used.create("remote", [address])
            yield used


@dataclass(frozen=True)
class Builder:
    """A running BuildKit, spoken to through buildx with a configuration folder of its own."""

    buildx: Path
    scratch: Path

    def create(self, driver: str, options: list[str]) -> None:
        """Register the daemon under the name `portcullis`."""
        self._run(["create", "--name", "portcullis", "--driver", driver, *options], 60)

    def remove(self) -> None:
        """Forget the daemon; a container of it is removed."""
        self._run(["rm", "portcullis"], 60)

    def build(self, recipe: Recipe, archive: Path) -> str:
        """Write the image as a docker-archive and return its manifest's digest. Raises `ImageError` when the build fails."""
        metadata = self.scratch / "metadata.json"
        contexts = [f"--build-context={name}={path}" for name, path in recipe.contexts.items()]
        arguments = [f"--build-arg={name}={value}" for name, value in recipe.arguments.items()]
        argv = [
            "build",
            "--builder=portcullis",
            f"--file={recipe.dockerfile}",
            "--network=none",
            "--provenance=false",
            "--sbom=false",
            "--progress=plain",
            *([] if recipe.cached else ["--no-cache"]),
            *([f"--target={recipe.target}"] if recipe.target else []),
            f"--build-arg=SOURCE_DATE_EPOCH={recipe.epoch}",
            *contexts,
            *arguments,
            f"--metadata-file={metadata}",
            f"--output=type=docker,name={recipe.name},dest={archive},rewrite-timestamp=true",
            str(recipe.context),
        ]
        self._run(argv, _BUILD_SECONDS)
        return str(json.loads(metadata.read_text("utf-8"))["containerimage.digest"])

    def _run(self, words: list[str], timeout: float) -> None:
        env = {**os.environ, "BUILDX_CONFIG": str(self.scratch / "buildx"), "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
        try:
            process.run([self.buildx, *words], env=env, timeout=timeout)
        except CommandError as error:
            raise ImageError(f"the image build failed: {error.what}", fix="read the stage's log") from error


@contextmanager
def _process(place: Workspace, folder: Path, socket: Path) -> Iterator[str]:
    """Run buildkitd as a process and yield its address."""
    daemon = Daemon("buildkitd", folder)
    # One that a killed run left serves nobody, for the lock is held here, and it would keep the cache locked.
    daemon.stop(seconds=_STOP_SECONDS)
    address = f"unix://{socket}"
    argv: list[str | Path] = [
        supply.tool(place, "buildkit"),
        f"--root={folder / 'root'}",
        f"--addr={address}",
        "--containerd-worker=false",
        f"--oci-worker-binary={engine.runtime(place)}",
    ]
    try:
        daemon.start(argv, ready=socket.exists, seconds=_START_SECONDS)
    except CommandError as error:
        raise ImageError(error.what, fix=error.fix) from error
    try:
        yield address
    finally:
        daemon.stop(seconds=_STOP_SECONDS)
