"""What `deploy` asks before and after: the evidence's attestations, this tree's locks, the bills of materials beside them."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pipeline import engine, evidence, release, workspace
from pipeline.attest import cosign, stage, verification
from pipeline.commit import Commit
from pipeline.errors import IntegrityError, ReleaseError
from pipeline.evidence import Record
from pipeline.stage import Run
from pipeline.workspace import ROOT
from tests import signing
from tests.signing import IMAGE_ID, SHA


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A clone whose commit is attested by a key that its machine trusts."""
    for name in ("Dockerfile", "toolchain/debian/service.lock", "uv.lock", "toolchain/pins.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    place = replace(workspace.locate(), root=tmp_path, state=tmp_path / "state" / "12345678")
    public = cosign.folder(place) / "cosign.pub"
    public.parent.mkdir(parents=True)
    public.write_bytes(signing.signer().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    made = Run(place, Commit(SHA, 1))
    folder = made.evidence / verification.FOLDER
    folder.mkdir(parents=True)
    (made.evidence / "sbom-image.cdx.json").write_text("{}")
    by_products = {"sbom-image.cdx.json": hashlib.sha256(b"{}").hexdigest()}
    for name, bundle in signing.attestations(made=by_products).items():
        (folder / f"{name}{verification.SUFFIX}").write_bytes(bundle)
    return made


def test_the_attested_image_may_be_deployed(run: Run) -> None:
    assert stage.require(run, IMAGE_ID).commit == SHA


def test_another_image_commit_or_lock_may_not(run: Run) -> None:
    with pytest.raises(IntegrityError, match="the release is sha256:999999999999 -> nox -s attest"):
        stage.require(run, "sha256:" + "9" * 64)
    other = Run(run.workspace, Commit("b" * 40, 1))
    run.evidence.rename(other.evidence)
    with pytest.raises(IntegrityError, match="the provenance is of commit aaaaaaaaaaaa, the release is bbbbbbbbbbbb"):
        stage.require(other, IMAGE_ID)
    other.evidence.rename(run.evidence)
    (run.workspace.root / "uv.lock").write_text("another")
    with pytest.raises(IntegrityError, match=r"the provenance names another uv\.lock"):
        stage.require(run, IMAGE_ID)


def test_a_changed_attestation_or_bill_of_materials_may_not(run: Run) -> None:
    bundle = run.evidence / verification.FOLDER / "provenance.sigstore.json"
    good = bundle.read_bytes()
    bundle.write_bytes(good.replace(b'"payload":"e', b'"payload":"f'))
    with pytest.raises(IntegrityError, match="the attestation provenance: "):
        stage.require(run, IMAGE_ID)
    bundle.write_bytes(good)
    (run.evidence / "sbom-image.cdx.json").write_text('{"components": []}')
    with pytest.raises(IntegrityError, match=r"sbom-image\.cdx\.json is missing or not what was attested"):
        stage.require(run, IMAGE_ID)
    bundle.unlink()
    with pytest.raises(IntegrityError, match="there is no attestation provenance"):
        stage.require(run, IMAGE_ID)


def test_another_machines_attestations_may_not(run: Run) -> None:
    public = cosign.folder(run.workspace) / "cosign.pub"
    public.write_bytes(signing.signer("theirs").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(IntegrityError, match="it was signed by another key"):
        stage.require(run, IMAGE_ID)


def test_deploy_takes_the_tested_image_only_when_it_is_attested(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"engine_id": "sha256:" + "5" * 64, "image_id": IMAGE_ID}
    evidence.write(run.evidence, Record("integrate", SHA, "passed", 1.0, 1.0, figures=figures))
    monkeypatch.setattr(engine, "image_id", lambda _reference: figures["engine_id"])
    assert release.tested_release(run).image_id == IMAGE_ID
    evidence.write(run.evidence, Record("integrate", SHA, "passed", 1.0, 1.0, figures=figures | {"image_id": "sha256:" + "9" * 64}))
    with pytest.raises(IntegrityError, match="nox -s attest"):
        release.tested_release(run)


@pytest.mark.parametrize("lacking", ["build", "scan", "integrate"])
def test_nothing_is_attested_that_was_not_scanned_and_tested(run: Run, lacking: str) -> None:
    for name in {"build", "scan", "integrate"} - {lacking}:
        evidence.write(run.evidence, Record(name, SHA, "passed", 1.0, 1.0))
    with pytest.raises(ReleaseError, match=f"has not passed {lacking} -> nox -s {lacking}"):
        stage.attest(run)
