"""Whether an image is one that was attested: signed by the trusted key, for exactly this digest, this commit and these locks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.attest import provenance, signature, vex
from pipeline.errors import IntegrityError, PipelineError

FOLDER = "attestations"
SUFFIX = ".sigstore.json"
SPDX = "https://spdx.dev/Document"
CYCLONEDX = "https://cyclonedx.org/bom"
# What there has to be of a release, and its predicate's type.
STATEMENTS = {"provenance": provenance.PREDICATE, "sbom.cdx": CYCLONEDX, "sbom.spdx": SPDX, "vex.cdx": vex.PREDICATE}
_FIX = "nox -s attest"


@dataclass(frozen=True)
class Attested:
    """What the attestations say, all of them signed by one key: the commit, and the image's digests."""

    commit: str
    image_id: str
    manifest: str
    statements: Mapping[str, Mapping[str, Any]]


def read(files: Mapping[str, bytes], key: ec.EllipticCurvePublicKey) -> Attested:
    """Check a release's attestations, by name, and that all speak of one image. Raises `IntegrityError` for the first that does not."""
    if missing := sorted(set(STATEMENTS) - set(files)):
        raise IntegrityError(f"there is no attestation {missing[0]}", fix=_FIX)
    if more := sorted(set(files) - set(STATEMENTS)):
        raise IntegrityError(f"an attestation {more[0]} is not known", fix=_FIX)
    statements = {name: _statement(name, files[name], key) for name in STATEMENTS}
    subjects = {name: _digests(name, each) for name, each in statements.items()}
    image_id, manifest = subjects["provenance"]
    for name, found in subjects.items():
        if found != (image_id, manifest):
            raise IntegrityError(f"the attestation {name} is about {found[0][:19]}, the provenance about {image_id[:19]}", fix=_FIX)
    return Attested(_commit(statements["provenance"]), image_id, manifest, statements)


def release(attested: Attested, commit: str, image_id: str, locks: Mapping[str, str]) -> None:
    """Raise `IntegrityError` unless the attestations are of exactly this commit, this image and these locks (name: SHA-256)."""
    if attested.commit != commit:
        raise IntegrityError(f"the provenance is of commit {attested.commit[:12]}, the release is {commit[:12]}", fix=_FIX)
    if attested.image_id != image_id:
        raise IntegrityError(f"the provenance is of image {attested.image_id[:19]}, the release is {image_id[:19]}", fix=_FIX)
    signed = {each["name"]: each["digest"].get("sha256") for each in _inputs(attested.statements["provenance"])}
    for name, sha256 in locks.items():
        if signed.get(name) != sha256:
            raise IntegrityError(f"the provenance names another {name} than this tree has", fix=_FIX)


def files(folder: Path) -> dict[str, bytes]:
    """The attestations in a folder by name."""
    return {path.name.removesuffix(SUFFIX): path.read_bytes() for path in sorted(folder.glob(f"*{SUFFIX}"))}


def _statement(name: str, bundle: bytes, key: ec.EllipticCurvePublicKey) -> dict[str, Any]:
    try:
        said = signature.statement(bundle, key)
    except PipelineError as error:
        raise IntegrityError(f"the attestation {name}: {error.what}", fix=error.fix) from error
    if said.get("_type") != provenance.STATEMENT or said.get("predicateType") != STATEMENTS[name]:
        raise IntegrityError(f"the attestation {name} is a statement of another kind", fix=_FIX)
    if not _has_its_shape(name, said.get("predicate")):
        raise IntegrityError(f"the attestation {name} does not say what its kind says", fix=_FIX)
    return said


def _has_its_shape(name: str, predicate: object) -> bool:
    """Two statements share a type; what is in them tells them apart."""
    if not isinstance(predicate, dict):
        return False
    if name == "provenance":
        definition, details = predicate.get("buildDefinition", {}), predicate.get("runDetails", {})
        return (definition.get("buildType"), details.get("builder", {}).get("id")) == (provenance.BUILD_TYPE, provenance.BUILDER)
    return bool(predicate.get({"sbom.cdx": "components", "sbom.spdx": "packages"}.get(name, "bomFormat"))) and (
        ("vulnerabilities" in predicate) == (name == "vex.cdx")
    )


def _digests(name: str, statement: Mapping[str, Any]) -> tuple[str, str]:
    try:
        image_id, manifest = (f"sha256:{each['digest']['sha256']}" for each in statement["subject"])
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityError(f"the attestation {name} does not name an image ID and a manifest", fix=_FIX) from error
    return image_id, manifest


def _commit(statement: Mapping[str, Any]) -> str:
    """The commit, said twice by whoever builds: as a parameter, and as an input."""
    said = str(statement["predicate"]["buildDefinition"].get("externalParameters", {}).get("commit", ""))
    source = [each["digest"]["gitCommit"] for each in _inputs(statement) if "gitCommit" in each.get("digest", {})]
    if source != [said]:
        raise IntegrityError(f"the provenance names commit {said[:12] or 'none'} and source {', '.join(source) or 'none'}", fix=_FIX)
    return said


def _inputs(statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = statement["predicate"]["buildDefinition"].get("resolvedDependencies", [])
    if not isinstance(found, list) or not all(isinstance(each, dict) and isinstance(each.get("digest"), dict) for each in found):
        raise IntegrityError("the provenance's inputs are damaged", fix=_FIX)
    return found
