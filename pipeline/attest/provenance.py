"""SLSA provenance v1: who built the image, from which inputs, each by its digest. Source: https://slsa.dev/spec/v1.0/provenance.

What the addresses in here mean is told in docs/supply-chain.md; they lead nowhere, for a copy of this project has no address of its own.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import tomllib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline import store
from pipeline.attest.sbom import normal
from pipeline.commit import Commit
from pipeline.debian.lock import Package
from pipeline.debian.rootfs import EPOCH
from pipeline.errors import IntegrityError

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "https://portcullis.invalid/build/image/v1"
BUILDER = "https://portcullis.invalid/builder/machine/v1"
# Of the tree: what decides about the image's bytes beside the commit itself. Each is in the commit; named, so that people see them.
LOCKS = ("Dockerfile", "toolchain/debian/service.lock", "uv.lock", "toolchain/pins.toml")
_TAG = re.compile(r"^Tag: (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Subject:
    """The image: its reference, and both digests that it is known by. An engine shows one of them, a registry the other."""

    reference: str
    image_id: str
    manifest: str

    def entries(self) -> list[dict[str, Any]]:
        """The subject of a statement."""
        named = ((f"{self.reference} (image ID)", self.image_id), (f"{self.reference} (manifest)", self.manifest))
        return [{"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}} for name, digest in named]


def statement(subject: Subject, kind: str, predicate: Mapping[str, Any]) -> dict[str, Any]:
    """An in-toto statement v1 about the image."""
    return {"_type": STATEMENT, "subject": subject.entries(), "predicateType": kind, "predicate": dict(predicate)}


@dataclass(frozen=True)
class Build:
    """How an image was built: when, by which tools (name: version and SHA-256), with which arguments, for which architecture."""

    started: float
    seconds: float
    tools: Mapping[str, tuple[str, str]]
    architecture: str
    supplier: str


def predicate(
    commit: Commit, subject: Subject, build: Build, inputs: Sequence[Mapping[str, Any]], made: Mapping[str, str]
) -> dict[str, Any]:
    """The predicate. `inputs` are resource descriptors of what went in; `made` are by-products: file name and SHA-256."""
    ended = build.started + build.seconds
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"commit": commit.sha, "image": subject.reference, "architecture": build.architecture},
            "internalParameters": {
                "SOURCE_DATE_EPOCH": EPOCH,
                "network": "none",
                "arguments": {"COMMIT": commit.tag, "CREATED": moment(commit.epoch)},
            },
            "resolvedDependencies": [dict(each) for each in inputs],
        },
        "runDetails": {
            "builder": {
                "id": BUILDER,
                "version": {name: version for name, (version, _) in sorted(build.tools.items())} | {"supplier": build.supplier},
                "builderDependencies": [descriptor(name, sha256) for name, (_, sha256) in sorted(build.tools.items())],
            },
            "metadata": {"invocationId": f"urn:uuid:{uuid.uuid4()}", "startedOn": moment(build.started), "finishedOn": moment(ended)},
            "byproducts": [descriptor(name, sha256) for name, sha256 in sorted(made.items())],
        },
    }


def inputs_of(root: Path, commit: Commit, debs: Iterable[Package], wheels: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Everything that went into the image, each with its digest: the commit, its locks, the Debian packages, the wheels."""
    source = {"name": "source", "digest": {"gitCommit": commit.sha}}
    files = [descriptor(name, store.digest(root / name)) for name in LOCKS]
    packages = [descriptor(Path(each.path).name, each.sha256, _debian_url(each)) for each in debs]
    return [source, *files, *packages, *map(dict, wheels)]


def _debian_url(package: Package) -> str:
    return f"pkg:deb/debian/{package.name}@{package.version}?arch={package.architecture}"


def descriptor(name: str, sha256: str, uri: str = "") -> dict[str, Any]:
    """A resource descriptor of in-toto, v1."""
    return {"name": name, **({"uri": uri} if uri else {}), "digest": {"sha256": sha256}}


def moment(seconds: float) -> str:
    """A time as RFC 3339 wants it, in UTC."""
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def wheels(tree: Path, uv_lock: str) -> list[dict[str, Any]]:
    """The very wheels that were installed into `tree`, by the tags that each says of itself. Raises `IntegrityError` when one is not clear.

    uv.lock holds the hashes of all machines' wheels, and installing keeps no word of which it was.
    """
    table = [each for each in tomllib.loads(uv_lock)["package"] if "version" in each]
    locked = {(normal(each["name"]), each["version"]): each.get("wheels", []) for each in table}
    found = []
    for folder in sorted(tree.glob("*.dist-info")):
        name, _, version = folder.name.removesuffix(".dist-info").partition("-")
        tags = set(_TAG.findall((folder / "WHEEL").read_text("utf-8")))
        files = [each for each in locked.get((normal(name), version), []) if tags & tags_of(_file_name(each["url"]))]
        if len(files) != 1:
            raise IntegrityError(f"{folder.name} could be {len(files)} wheels of uv.lock", fix="rm -r the packages cache, nox -s build")
        digest = str(files[0]["hash"]).removeprefix("sha256:")
        found.append(descriptor(_file_name(files[0]["url"]), digest, f"pkg:pypi/{normal(name)}@{version}"))
    return found


def _file_name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def tags_of(wheel: str) -> set[str]:
    """The tags in a wheel's file name, each combination spelt out. Source: PEP 425, "Compressed Tag Sets"."""
    parts = [part.split(".") for part in wheel.removesuffix(".whl").split("-")[-3:]]
    return {"-".join(each) for each in itertools.product(*parts)}
