"""What minikube finds in its home before it starts: the hardening files, and beside a node image of our own its programs and images."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

from pipeline.cluster import images, minikube, spec
from pipeline.toolchain import pins, supply
from pipeline.workspace import Workspace

_KEY_BYTES = 32


def new_key() -> str:
    """A key for the Secrets of a new cluster."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def kept_key(place: Workspace) -> str:
    """Return the key that encrypts this cluster's Secrets. Raises `OSError` or `ValueError` when it is lost."""
    return spec.key_in((_files(place) / "portcullis-encryption.yaml").read_text("utf-8"))


def bring(place: Workspace, key: str, *, upstream: bool) -> None:
    """Fill minikube's home, with `key` for the Secrets. `upstream`: minikube brings programs and images itself."""
    files = _files(place)
    files.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in spec.hardening(place.root, key).items():
        (files / name).touch(mode=0o600)
        (files / name).write_text(text, "utf-8")
    if not upstream:
        supplies(place)


def supplies(place: Workspace) -> None:
    """Give minikube the programs and images that go with a node image of our own, so that it asks nobody for them."""
    home = minikube.home(place)
    programs = supply.module(place, "kubernetes")
    binaries = home / "cache" / "linux" / "amd64" / f"v{pins.load(place.root)['kubernetes'].version}"
    for name in ("kubeadm", "kubelet", "kubectl"):
        _link(binaries / name, programs / name)
    for reference, archive in images.archives(place, images.of_kubernetes(place)).items():
        _link(home / "cache" / "images" / "amd64" / reference.replace(":", "_"), archive)


def _files(place: Workspace) -> Path:
    """Where minikube looks for files to copy to the node."""
    return minikube.home(place) / "files" / spec.ON_NODE.lstrip("/")


def _link(name: Path, target: Path) -> None:
    name.parent.mkdir(parents=True, exist_ok=True)
    name.unlink(missing_ok=True)
    name.symlink_to(target)
