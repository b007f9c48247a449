"""Bills of materials by syft, for the image and for the toolchain: what syft saw must be what was locked, no more and no less."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pipeline import process
from pipeline.debian import lock as debian_lock
from pipeline.errors import IntegrityError
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

CYCLONEDX, SPDX = "cdx.json", "spdx.json"
_SECONDS = 240
_FIX = "nox -s build, then nox -s attest; if it stays, a cataloguer or a lock has changed"
_PURL = re.compile(r"^pkg:(?P<kind>[a-z]+)/(?:(?P<space>[^@?#]+)/)?(?P<name>[^/@?#]+)@(?P<version>[^?#]+)")
_EPOCH = re.compile(r"[?&]epoch=(\d+)")
# A requirement that is exported with a marker is wanted on some machines only.
_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<marker>\s*;)?", re.MULTILINE)
_REQUIRED_MODULE = re.compile(r"(?:require\s+|\t)(?P<name>\S+\.\S+)\s+(?P<version>v\S+)")
_REPLACED_MODULE = re.compile(r"(?:replace\s+|\t)(?P<name>\S+)(?:\s+v\S+)?\s+=>\s+(?P<by>\S+)\s+(?P<version>v\S+)")


@dataclass(frozen=True, order=True)
class Package:
    """One package: its kind as in a package URL (deb, pypi, golang), its name and version."""

    kind: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}@{self.version}"


def image(place: Workspace, archive: Path, name: str, version: str, base: Path) -> None:
    """Write what the image is made of to `base` with the endings of both formats. Raises `CommandError` when syft cannot read it."""
    _syft(place, f"docker-archive:{archive}", name, version, base)


def toolchain(place: Workspace, version: str, base: Path) -> None:
    """Write what the tools are made of: the modules that every toolchain/*/go.mod locks, and the packages of uv.lock."""
    with tempfile.TemporaryDirectory() as folder:
        for file in lock_files(place.root):
            copy = Path(folder) / file.relative_to(place.root)
            # syft knows a list of requirements by its name.
            copy = copy.with_suffix("") / "requirements.txt" if copy.suffix == ".txt" else copy
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        _syft(place, f"dir:{folder}", f"{place.settings.project}-toolchain", version, base)


def lock_files(root: Path) -> list[Path]:
    """The locks of the toolchain that name packages with hashes, in a format that syft reads."""
    found = [root / "uv.lock", root / "pyproject.toml"]
    return found + sorted(path for path in (root / "toolchain").rglob("*") if path.name in {"go.mod", "go.sum"} or path.suffix == ".txt")


def _syft(place: Workspace, source: str, name: str, version: str, base: Path) -> None:
    outputs = [f"--output={form}={base}.{ending}" for form, ending in (("cyclonedx-json", CYCLONEDX), ("spdx-json", SPDX))]
    with tempfile.TemporaryDirectory() as home:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SYFT_")}
        # Nobody's own configuration, no call home, and no Go compiler that would ask a mirror for what it lacks.
        ours = {"HOME": home, "XDG_CONFIG_HOME": home, "SYFT_CHECK_FOR_APP_UPDATE": "false", "SYFT_GOLANG_USE_PACKAGES_LIB": "false"}
        words = [f"--source-name={name}", f"--source-version={version}", "--quiet", *outputs]
        process.run([supply.tool(place, "syft"), "scan", source, *words], cwd=Path(home), env=kept | ours, timeout=_SECONDS)


def packages(cyclonedx: dict[str, Any]) -> set[Package]:
    """The packages of a CycloneDX document, by their package URLs; files and the operating system are none."""
    found = set()
    for component in cyclonedx.get("components", []):
        if parts := _PURL.match(component.get("purl", "")):
            # Only Go's names have the folder in them; Debian's is the distribution.
            space = f"{unquote(parts['space'])}/" if parts["space"] and parts["kind"] == "golang" else ""
            # A Debian version's epoch stands in it, as syft has it, or beside it, as trivy has it.
            epoch = _EPOCH.search(component["purl"]) if parts["kind"] == "deb" else None
            version = f"{epoch[1]}:" if epoch else ""
            found.add(Package(parts["kind"], space + unquote(parts["name"]), version + unquote(parts["version"])))
        elif component.get("type") not in {"file", "operating-system"}:
            found.add(Package(str(component.get("type")), str(component.get("name")), str(component.get("version", ""))))
    return found


def locked_debian(text: str, architecture: str) -> set[Package]:
    """What a Debian lock holds for an architecture."""
    wanted = [each for each in debian_lock.parse(text) if each.architecture in {architecture, "all"}]
    return {Package("deb", each.name, each.version) for each in wanted}


def locked_python(requirements: str) -> tuple[set[Package], set[Package]]:
    """What a list of requirements holds: (wanted everywhere, wanted on some machines)."""
    always, sometimes = set[Package](), set[Package]()
    for each in _REQUIREMENT.finditer(requirements):
        package = Package("pypi", normal(each["name"]), each["version"])
        (sometimes if each["marker"] else always).add(package)
    return always, sometimes


def normal(name: str) -> str:
    """A Python package's name in its one normal form. Source: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def normalised(found: Iterable[Package]) -> set[Package]:
    """The same packages with Python's names in their normal form."""
    return {Package(each.kind, normal(each.name) if each.kind == "pypi" else each.name, each.version) for each in found}


def compare(found: set[Package], wanted: set[Package], allowed: set[Package], what: str) -> None:
    """Raise `IntegrityError` unless `found` is all of `wanted`, and beyond that only what is `allowed`."""
    seen = normalised(found)
    missing, more = sorted(wanted - seen), sorted(seen - wanted - allowed)
    if missing or more:
        told = [f"{each} is locked and not in it" for each in missing] + [f"{each} is in it and not locked" for each in more]
        raise IntegrityError(f"the bill of materials of {what}: {len(told)} differences: {'; '.join(told[:5])}", fix=_FIX)


def modules(go_mod: str) -> set[Package]:
    """The modules that a go.mod brings in, each in the version that replaces the required one, where one does."""
    lines = go_mod.splitlines()
    instead = {each["name"]: (each["by"], each["version"]) for line in lines if (each := _REPLACED_MODULE.match(line))}
    required = [each for line in lines if "=>" not in line and (each := _REQUIRED_MODULE.match(line))]
    return {Package("golang", *instead.get(each["name"], (each["name"], each["version"]))) for each in required}


def python_lock(uv_lock: str) -> set[Package]:
    """All packages of a uv.lock that come from an index."""
    table = tomllib.loads(uv_lock)["package"]
    return {Package("pypi", normal(each["name"]), each["version"]) for each in table if "registry" in each.get("source", {})}


def read(path: Path) -> dict[str, Any]:
    """Read a document that syft wrote."""
    return dict(json.loads(path.read_text("utf-8")))
