"""The service image: reproducible to the byte, tagged `latest` and with the full commit hash.

What goes in is staged as three folders with settled modes and times, so that neither the clone's path, nor its umask, nor the hour counts.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import re
import shutil
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline import engine, process, store
from pipeline.buildkit import Recipe, builder
from pipeline.commit import Commit
from pipeline.debian import fetch, rootfs
from pipeline.errors import ImageError, IntegrityError, UsageError
from pipeline.gates import inputs
from pipeline.stage import Run
from pipeline.toolchain import pins, supply, uv
from pipeline.workspace import Workspace

PYTHON = "3.13"  # what toolchain/debian/service.list brings
# How wheels are installed: those that are listed, each with a hash of uv.lock, and no code run for it.
STRICT = ("--require-hashes", "--no-deps", "--only-binary=:all:", "--link-mode=copy")
# The machine's name: (Debian's name, the wheels' platform).
_ARCHITECTURES = {"x86_64": ("amd64", "x86_64-manylinux_2_28"), "aarch64": ("arm64", "aarch64-manylinux_2_28")}
_HASH_MISMATCH = re.compile(r"Hash mismatch for .*", re.IGNORECASE)


@dataclass(frozen=True)
class Built:
    """A built image: its archive, its manifest's digest, the image ID (the digest of its configuration), and how large it is."""

    archive: Path
    manifest: str
    image_id: str
    bytes: int
    packages: int


def build(run: Run) -> None:
    """Build the image of this tree, or take it from the cache, and give it both tags in the engine. Raises `ImageError`."""
    place = run.workspace
    built = make(place, run.commit)
    engine_id = give(place, built, run.commit.tag)
    run.figures.update(
        image_id=built.image_id, engine_id=engine_id, manifest=built.manifest, bytes=built.bytes, debian_packages=built.packages
    )
    figures = f"{built.bytes / 1e6:.1f} MB, {built.packages} Debian packages"
    run.summary = f"{place.settings.image}:{run.commit.tag[:12]} is {built.image_id[:19]}, {figures}"


def make(place: Workspace, commit: Commit, *, fresh: bool = False) -> Built:
    """Return the image of the tree in `place` at `commit`; `fresh` builds it again without any cached layer, in the entry `fresh`."""
    parts = {"rootfs": base(place), "packages": packages(place), "service": service(place)}
    dockerfile = place.root / "Dockerfile"
    pin = pins.load(place.root)["buildkit"].version
    named = {name: path.parent.name for name, path in parts.items()}
    key = store.key_of([store.digest(dockerfile), named, commit.tag, commit.epoch, rootfs.EPOCH, pin])

    def compose(folder: Path) -> None:
        created = dt.datetime.fromtimestamp(commit.epoch, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        recipe = Recipe(
            dockerfile=dockerfile,
            context=place.root,
            name=f"{place.settings.image}:{commit.tag}",
            # Not the commit's time: files are only ever set back to this one, and a layer that was kept from an earlier build is older.
            epoch=rootfs.EPOCH,
            contexts={name: path.parent for name, path in parts.items()},
            arguments={"COMMIT": commit.tag, "CREATED": created},
            cached=not fresh,
        )
        with builder(place) as running:
            manifest = running.build(recipe, archive := folder / "image.tar")
        records = [path for path in (parts["rootfs"] / "var/lib/dpkg/status.d").iterdir() if path.suffix != ".md5sums"]
        known = {"manifest": manifest, "image_id": image_id(archive), "bytes": size(archive), "packages": len(records)}
        (folder / "image.json").write_text(json.dumps(known), "ascii")

    entry = store.entry(place.cache / "images" / (f"fresh-{place.instance}-{key}" if fresh else key), compose)
    return Built(entry / "image.tar", **json.loads((entry / "image.json").read_text("ascii")))


def image_id(archive: Path) -> str:
    """Return the `sha256:...` of the image's configuration: what container runtimes call the image ID.

    Source: Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset Format".
    """
    with tarfile.open(archive) as tar:
        config = json.load(member(tar, "manifest.json"))[0]["Config"]
    return f"sha256:{Path(config).name.removesuffix('.json')}"


def size(archive: Path) -> int:
    """Return the uncompressed size in bytes of all files in the image's layers."""
    with tarfile.open(archive) as tar:
        layers = json.load(member(tar, "manifest.json"))[0]["Layers"]
        total = 0
        for layer in layers:
            with tarfile.open(fileobj=member(tar, layer)) as files:
                total += sum(file.size for file in files)
    return total


def member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    """Return a file of an image's archive. Raises `ImageError` when there is none of that name, or something else that has it."""
    try:
        found = tar.extractfile(name)
    except KeyError:
        found = None
    if found is None:
        raise ImageError(f"the archive has no file {name}", fix="rm -r the images cache, then nox -s build")
    return found


def give(place: Workspace, built: Built, tag: str) -> str:
    """Load the image into the engine under `latest` and `tag`, and return the ID that the engine shows for both."""
    names = [f"{place.settings.image}:{tag}", f"{place.settings.image}:latest"]
    # An engine with the classic store shows the configuration's digest, one with containerd's store the manifest's.
    if engine.image_id(names[0]) not in {built.image_id, built.manifest}:
        process.run([engine.DOCKER, "load", "--quiet", "--input", built.archive], timeout=300)
    shown = engine.image_id(names[0])
    if shown not in {built.image_id, built.manifest}:
        raise ImageError(f"the engine shows {names[0]} as {shown[:19]}, built was {built.image_id[:19]}", fix="nox -s build")
    process.run([engine.DOCKER, "tag", *names], timeout=30)
    return shown


def base(place: Workspace) -> Path:
    """Return Debian's part of the image, unpacked from verified files."""
    debian, _ = architecture()
    lock = place.root / "toolchain" / "debian" / "service.lock"

    def unpack(folder: Path) -> None:
        root = folder / "tree"
        root.mkdir()
        rootfs.unpack(fetch.debs(place, lock, debian), root)
        settle(root)
        (root / "tmp").chmod(0o1777)

    key = store.key_of([store.digest(lock), store.digest(Path(rootfs.__file__)), debian])
    return store.entry(place.cache / "rootfs" / key, unpack) / "tree"


def packages(place: Workspace, group: str = "service") -> Path:
    """Return the Python packages of a dependency group, installed from wheels whose hashes uv.lock holds."""
    _, wheels = architecture()
    program = supply.tool(place, "uv")
    requirements = uv.requirements(program, place.root, "--only-group", group)

    def install(folder: Path) -> None:
        tree, listed = folder / "tree", folder / "requirements.txt"
        listed.write_text(requirements, "utf-8")
        target: list[str | Path] = ["--target", tree, "--python", sys.executable, "--python-version", PYTHON, "--python-platform", wheels]
        argv = [program, "pip", "install", "--quiet", *STRICT, *target, "-r", listed]
        done = process.run(argv, cwd=place.root, timeout=300, ok=None)
        if found := _HASH_MISMATCH.search(done.stderr):
            raise IntegrityError(f"a wheel does not match uv.lock: {found[0]}", fix="do not use it; git log -p uv.lock")
        if done.returncode:
            raise ImageError(f"the packages of {group} cannot be installed: {done.tail}", fix="check the network, then nox -s build")
        _drop_scripts(tree)
        settle(tree)

    return store.entry(place.cache / "packages" / store.key_of([requirements, PYTHON, wheels]), install) / "tree"


def _drop_scripts(tree: Path) -> None:
    """Remove console scripts, and their lines in RECORD: they name the Python that installed them, and nobody can call them."""
    shutil.rmtree(tree / "bin", ignore_errors=True)
    (tree / ".lock").unlink(missing_ok=True)
    for record in tree.glob("*.dist-info/RECORD"):
        lines = record.read_text("utf-8").splitlines(keepends=True)
        record.write_text("".join(line for line in lines if not line.startswith(("bin/", "../../bin/"))), "utf-8")


def service(place: Workspace) -> Path:
    """Return the package `app` as Git sees it: tracked and new files, no ignored ones."""
    files = [path.relative_to(place.root).as_posix() for path in inputs.listed(place.root, "app") if path.is_file()]
    if not files:
        raise ImageError("Git knows no file below app/", fix="git add app")

    def copy(folder: Path) -> None:
        tree = folder / "tree"
        for name in files:
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place.root / name, tree / name)
        settle(tree)

    key = store.key_of({name: store.digest(place.root / name) for name in files})
    return store.entry(place.cache / "service" / key, copy) / "tree"


def settle(tree: Path) -> None:
    """Give all below `tree` the time 0 and one of two modes, 0755 or 0644: what a machine chose must not reach the image."""
    for path in [*tree.rglob("*"), tree]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        os.utime(path, (0, 0), follow_symlinks=False)


def architecture() -> tuple[str, str]:
    """Debian's name of this machine, and the wheels' platform. Raises `UsageError` where no image can be built."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise UsageError(f"the image is built for {' and '.join(_ARCHITECTURES)}, this machine is {machine}", fix="use another machine")
    return _ARCHITECTURES[machine]
