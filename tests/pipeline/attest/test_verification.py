"""An image is attested when all of its attestations are, by one key, about exactly that image, commit and locks."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.attest import provenance, verification
from pipeline.errors import IntegrityError
from pipeline.workspace import ROOT
from tests import signing
from tests.signing import IMAGE_ID, MANIFEST_DIGEST, SHA

KEY = signing.signer().public_key()
LOCKS = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in provenance.LOCKS}


def test_a_release_with_all_its_attestations_is_accepted() -> None:
    attested = verification.read(signing.attestations(), KEY)
    assert (attested.commit, attested.image_id, attested.manifest) == (SHA, IMAGE_ID, MANIFEST_DIGEST)
    verification.release(attested, SHA, IMAGE_ID, LOCKS)


@pytest.mark.parametrize(
    ("commit", "image_id", "locks", "reason"),
    [
        ("b" * 40, IMAGE_ID, LOCKS, "the provenance is of commit aaaaaaaaaaaa, the release is bbbbbbbbbbbb"),
        (SHA, "sha256:" + "9" * 64, LOCKS, "the provenance is of image sha256:111111111111, the release is sha256:999999999999"),
        (SHA, "", LOCKS, "the release is "),
        (SHA, IMAGE_ID, LOCKS | {"uv.lock": "0" * 64}, "the provenance names another uv.lock"),
        (SHA, IMAGE_ID, LOCKS | {"other.lock": "0" * 64}, "the provenance names another other.lock"),
    ],
)
def test_another_release_is_refused(commit: str, image_id: str, locks: dict[str, str], reason: str) -> None:
    with pytest.raises(IntegrityError, match=reason):
        verification.release(verification.read(signing.attestations(), KEY), commit, image_id, locks)


@pytest.mark.parametrize("name", sorted(verification.STATEMENTS))
def test_one_that_is_missing_or_by_another_key_is_refused(name: str) -> None:
    files = signing.attestations()
    theirs = files | {name: signing.sign_statement(signing.statements()[name], signing.signer("theirs"))}
    with pytest.raises(IntegrityError, match=f"the attestation {name}: it was signed by another key"):
        verification.read(theirs, KEY)
    del files[name]
    with pytest.raises(IntegrityError, match=f"there is no attestation {name}"):
        verification.read(files, KEY)


def test_one_that_nobody_knows_is_refused() -> None:
    files = signing.attestations()
    with pytest.raises(IntegrityError, match="an attestation more is not known"):
        verification.read(files | {"more": files["provenance"]}, KEY)


def source(said: dict[str, Any], **changes: object) -> None:
    said["predicate"]["buildDefinition"]["resolvedDependencies"][0].update(changes)


CHANGES: dict[str, tuple[str, Callable[[dict[str, Any]], object], str]] = {
    "another statement version": ("provenance", lambda said: said.update(_type="x"), "a statement of another kind"),
    "another predicate": ("provenance", lambda said: said.update(predicateType=verification.SPDX), "a statement of another kind"),
    "another builder": ("provenance", lambda said: said["predicate"]["runDetails"]["builder"].update(id="x"), "not say what its kind"),
    "another build": ("provenance", lambda said: said["predicate"]["buildDefinition"].update(buildType="x"), "not say what its kind"),
    "no predicate": ("provenance", lambda said: said.pop("predicate"), "not say what its kind"),
    "another commit as parameter": (
        "provenance",
        lambda said: said["predicate"]["buildDefinition"]["externalParameters"].update(commit="c" * 40),
        "names commit cccccccccccc and source aaaa",
    ),
    "another commit as source": (
        "provenance",
        lambda said: source(said, digest={"gitCommit": "c" * 40}),
        "names commit aaaaaaaaaaaa and source cc",
    ),
    "no source": ("provenance", lambda said: source(said, digest={}), "and source none"),
    "damaged inputs": ("provenance", lambda said: source(said, digest="x"), "the provenance's inputs are damaged"),
    "no subject": ("sbom.cdx", lambda said: said.update(subject=[]), "does not name an image ID and a manifest"),
    "a subject without digest": ("sbom.cdx", lambda said: said["subject"][0].update(digest={}), "does not name an image ID"),
    "another subject": ("sbom.spdx", lambda said: said["subject"][0]["digest"].update(sha256="9" * 64), "sbom.spdx is about sha256:999"),
    "another manifest": ("vex.cdx", lambda said: said["subject"][1]["digest"].update(sha256="9" * 64), "vex.cdx is about"),
    "no components": ("sbom.cdx", lambda said: said["predicate"].update(components=[]), "not say what its kind"),
    "vulnerabilities in the bill of materials": (
        "sbom.cdx",
        lambda said: said["predicate"].update(vulnerabilities=[]),
        "not say what its kind",
    ),
    "a VEX without its list": ("vex.cdx", lambda said: said["predicate"].pop("vulnerabilities"), "not say what its kind"),
}


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_statement_that_says_something_else_is_refused_although_it_is_signed(name: str) -> None:
    statement, change, reason = CHANGES[name]
    said = signing.statements()
    change(said[statement])
    with pytest.raises(IntegrityError, match=reason):
        verification.read({each: signing.sign_statement(said[each]) for each in said}, KEY)


def test_one_attestation_in_anothers_place_is_refused() -> None:
    files = signing.attestations()
    with pytest.raises(IntegrityError, match=r"vex\.cdx does not say what its kind says"):
        verification.read(files | {"vex.cdx": files["sbom.cdx"]}, KEY)
