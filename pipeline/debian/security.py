"""The newest version of each package in a suite's security archive, from indexes whose signature is checked."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from debian.deb822 import Packages

from pipeline import network, process, store
from pipeline.debian import lock, mirror
from pipeline.debian.lock import Package
from pipeline.errors import CommandError, ToolchainError
from pipeline.workspace import Workspace

_SECONDS = 300


def index(place: Workspace, suite: str, architecture: str) -> dict[str, Package]:
    """Return the security archive's packages by name, as of today: the answer is kept for one day.

    Raises `ToolchainError` when it can't be had.
    """
    key = store.key_of([suite, architecture, dt.datetime.now(dt.UTC).date().isoformat()])

    def ask(folder: Path) -> None:
        packages = [asdict(package) for package in _fetch(suite, architecture)]
        (folder / "packages.json").write_text(json.dumps(packages), "utf-8")

    entry = store.entry(place.cache / "security" / f"{suite}-{architecture}-{key}", ask)
    return {each["name"]: Package(**each) for each in json.loads((entry / "packages.json").read_text("utf-8"))}


def _fetch(suite: str, architecture: str) -> list[Package]:
    if not network.allowed():
        raise ToolchainError(f"{suite}-security of today is not in the cache", fix="nox -s prefetch with a network")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = lock.private_apt(scratch, architecture, [f"{mirror.address()}/debian-security {suite}-security main"])
        try:
            process.run(["apt-get", "update", "-o", "APT::Update::Error-Mode=any"], env=env, timeout=_SECONDS)
        except CommandError as error:
            raise ToolchainError(f"{suite}-security cannot be read: {error.what}", fix="check the network, then run again") from error
        found: dict[str, Package] = {}
        argv = ["apt-cache", "dumpavail"]
        said = process.run(argv, env=env | {"LC_ALL": "C.UTF-8"}, timeout=_SECONDS).stdout
        for each in Packages.iter_paragraphs(said, use_apt_pkg=False):
            path = f"debian-security/{each['Filename']}"
            found[each["Package"]] = Package(
                each["Package"], each["Version"], each["Architecture"], path, int(each["Size"]), each["SHA256"]
            )
    if not found:
        raise ToolchainError(f"{suite}-security lists no package", fix="check the mirror")
    return sorted(found.values())
