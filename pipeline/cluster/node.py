"""The node image: minikube's own where its registry answers, else an equal one from Debian packages and the pinned container runtime."""

from __future__ import annotations

import json
import logging
import os
import shlex
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipeline import console, engine, network, process, store
from pipeline.debian import rootfs
from pipeline.errors import CommandError
from pipeline.toolchain import pins, supply
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

# The base image that minikube 1.38.1 names for itself (pkg/drivers/kic/types.go), by digest.
UPSTREAM = "gcr.io/k8s-minikube/kicbase:v0.0.50@sha256:eb4fec00e8ad70adf8e6436f195cc429825ffb85f95afcdb5d8d9deb576f3e93"
_PULL_SECONDS, _IMPORT_SECONDS = 900, 300
_CNI_CONFIGURATION = "10-portcullis.conflist"


@dataclass(frozen=True)
class Node:
    """A node image in the engine. `upstream`: it is minikube's own, and so are then the Kubernetes programs and images."""

    image: str
    upstream: bool


def ensure(place: Workspace) -> Node:
    """Return the node image, pulled or built. A machine that once built its own stays with it until its cache is removed."""
    own = own_image(place)
    if engine.image_id(own):
        return Node(own, upstream=False)
    if engine.image_id(UPSTREAM) or _pulled():
        return Node(UPSTREAM, upstream=True)
    tar = stored(place)
    log.info("importing the node image")
    # container= is how systemd is told that it runs in one.
    changes = ('ENTRYPOINT ["/usr/local/bin/entrypoint"]', "ENV container=docker")
    options = [f"--change={change}" for change in changes]
    process.run([engine.DOCKER, "import", *options, str(tar), own], timeout=_IMPORT_SECONDS)
    return Node(own, upstream=False)


def stored(place: Workspace) -> Path:
    """Return the archive of this machine's own node image from the cache, installing it first when it is not there."""
    return store.entry(_entry(place), lambda folder: _install(place, folder / "node.tar")) / "node.tar"


def own_image(place: Workspace) -> str:
    """Name of the image that this machine would build; its tag covers everything that goes in."""
    return f"{place.settings.registry}/node:{_entry(place).name}"


def _pulled() -> bool:
    if not network.allowed():
        return False
    console.progress("asking the registry for the node image")
    try:
        process.run([engine.DOCKER, "pull", "--quiet", UPSTREAM], timeout=_PULL_SECONDS)
    except CommandError as error:
        log.info("the registry does not answer, the node image is built from source (%s)", error.what)
        return False
    return True


def _shim() -> bool:
    return engine.shim_needed(Path("/proc/self/status").read_text("ascii"))


def _entry(place: Workspace) -> Path:
    folder = place.root / "cluster" / "node"
    toolchain = place.root / "toolchain"
    inputs = [
        store.digest(toolchain / "debian" / "node.lock"),
        store.digest_tree(folder),
        store.digest_tree(toolchain / "containerd", toolchain / "crictl"),
        store.digest_tree(toolchain / "runc-shim") if _shim() else "",
        store.digest(Path(__file__)),
    ]
    return place.cache / "node" / store.key_of(inputs)


def _install(place: Workspace, tar: Path) -> None:
    folder = place.root / "cluster" / "node"
    packages = place.root / "toolchain" / "debian" / "node.lock"
    with tempfile.TemporaryDirectory() as scratch:
        overlay = Path(scratch)
        overlay.chmod(0o755)
        files = {
            "usr/local/bin/entrypoint": folder / "entrypoint.sh",
            "etc/containerd/config.toml": folder / "containerd.toml",
            "etc/systemd/system/containerd.service": folder / "containerd.service",
            "etc/cni/net.d/" + _CNI_CONFIGURATION: folder / _CNI_CONFIGURATION,
            "usr/local/bin/crictl": supply.module(place, "crictl") / "crictl",
        }
        runtime = supply.module(place, "containerd")
        files |= {f"usr/local/bin/{name}": runtime / name for name in pins.load(place.root)["containerd"].executables}
        if _shim():
            files["usr/sbin/runc.shim"] = supply.module(place, "runc-shim") / "runc-shim"
        for name, source in files.items():
            target = overlay / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            target.chmod(0o755 if os.access(source, os.X_OK) else 0o644)
        (overlay / "version.json").write_text(json.dumps({"kicbase_version": "portcullis"}), "utf-8")
        hook = f'{shlex.quote(str(folder / "customize.sh"))} "$1" {shlex.quote(str(overlay))}'
        with console.ticking("installing the node image", 40):
            rootfs.install(place, packages, tar, hook=hook)
