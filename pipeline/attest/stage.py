"""The stage `attest`: bills of materials, provenance and VEX of the tested image, signed; and the check that `deploy` makes of them."""

from __future__ import annotations

import datetime as dt
import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline import commit, evidence, image, store
from pipeline.attest import cosign, provenance, sbom, signature, verification, vex, weights
from pipeline.attest.provenance import Build, Subject
from pipeline.attest.verification import Attested
from pipeline.debian import lock as debian_lock
from pipeline.errors import IntegrityError, PipelineError, ReleaseError
from pipeline.evidence import Record
from pipeline.gates import ledger
from pipeline.image import Built
from pipeline.stage import Run
from pipeline.toolchain import supply, uv

log = logging.getLogger(__name__)

_BUILDERS = ("buildkit", "buildx", "uv")
_IMAGE, _TOOLCHAIN = "sbom-image", "sbom-toolchain"
_SCANNERS = "image.sbom.cdx.json"  # what trivy saw when it scanned
LEVEL = (
    "SLSA Build L1: provenance exists and is signed. Not L2: the signing key is on the machine that builds, not with a hosted builder. "
    "Not L3: the build's own user could read that key."
)


def attest(run: Run) -> None:
    """Attest the image that was scanned and tested. What holds already is kept; `-- --no-cache` makes it anew.

    Raises `IntegrityError` when a bill of materials is not what the locks say, `SourceError` for a dirty tree.
    """
    records = {name: _passed(run, name) for name in ("build", "scan", "integrate")}
    built = image.make(run.workspace, run.commit)
    if records["integrate"].figures.get("image_id") != built.image_id:
        raise ReleaseError("the tested image is not the one that this tree builds", fix="nox -s integrate")
    if "--no-cache" not in run.arguments and _holds(run, built):
        return
    counts = _bills_of_materials(run, built)
    commit.require_clean(run.commit)
    signed = sign(run, _statements(run, built, records["build"]))
    run.figures.update(
        counts, weights=weights.python(built.archive), provenance=store.digest(signed / f"provenance{verification.SUFFIX}"), level=LEVEL
    )
    run.figures["signer"] = f"sha256:{signature.fingerprint(signature.public_key(cosign.public_file(run.workspace)))}"
    attested = require(run, built.image_id)
    run.summary = _summary(run, attested)


def require(run: Run, image_id: str) -> Attested:
    """Return what is attested of this commit's image. Raises `IntegrityError` unless all of it verifies, for exactly that image."""
    place = run.workspace
    folder = run.evidence / verification.FOLDER
    attested = verification.read(verification.files(folder), signature.public_key(cosign.public_file(place)))
    verification.release(attested, run.commit.sha, image_id, {name: store.digest(place.root / name) for name in provenance.LOCKS})
    for each in attested.statements["provenance"]["predicate"]["runDetails"]["byproducts"]:
        path = run.evidence / each["name"]
        if not path.is_file() or store.digest(path) != each["digest"]["sha256"]:
            raise IntegrityError(f"{each['name']} is missing or not what was attested", fix="nox -s attest")
    return attested


def confirm(run: Run, image_id: str) -> None:
    """Ask cosign too, and for the image ID that was seen: two readers of one signature. Raises `CommandError` when it refuses."""
    signer = cosign.signer(run.workspace)
    bundle = run.evidence / verification.FOLDER / f"provenance{verification.SUFFIX}"
    signer.confirm_statement(bundle, image_id, provenance.PREDICATE)


def _holds(run: Run, built: Built) -> bool:
    """Whether an earlier run's attestations are still good for this image, and its bills of materials are there; then its word is kept."""
    record = evidence.passed(run.evidence, "attest")
    if record is None:
        return False
    try:
        attested = require(run, built.image_id)
    except PipelineError as error:
        log.debug("attested anew: %s", error)
        return False
    run.figures.update(record.figures)
    run.summary = _summary(run, attested)
    return True


def _summary(run: Run, attested: Attested) -> str:
    counts = run.figures
    return (
        f"{attested.image_id[:19]} signed by {counts['signer'][:23]}: {counts['packages']} packages as locked, "
        f"{counts['inputs']} inputs, {counts['modules']} packages of the toolchain, {counts['vulnerabilities']} VEX statements"
    )


def _passed(run: Run, name: str) -> Record:
    if (record := evidence.passed(run.evidence, name)) is None:
        raise ReleaseError(f"{run.commit.tag[:12]} has not passed {name}", fix=f"nox -s {name}")
    return record


def _bills_of_materials(run: Run, built: Built) -> dict[str, int]:
    """Write them and hold them against the locks; the scanner's own list of the image is a second opinion."""
    place = run.workspace
    architecture, _ = image.architecture()
    sbom.image(place, built.archive, place.settings.image, run.commit.tag, run.evidence / _IMAGE)
    sbom.toolchain(place, run.commit.tag, run.evidence / _TOOLCHAIN)
    debian = sbom.locked_debian((place.root / "toolchain/debian/service.lock").read_text("utf-8"), architecture)
    python, elsewhere = sbom.locked_python(uv.requirements(supply.tool(place, "uv"), place.root, "--only-group", "service"))
    seen = sbom.packages(sbom.read(run.evidence / f"{_IMAGE}.{sbom.CYCLONEDX}"))
    sbom.compare(seen, debian | python, elsewhere, "the image")
    scanned = sbom.packages(sbom.read(run.evidence / _SCANNERS))
    sbom.compare(scanned, debian | python, elsewhere, "the image by trivy")
    modules = {each for path in sbom.lock_files(place.root) if path.name == "go.mod" for each in sbom.modules(path.read_text("utf-8"))}
    tools = sbom.packages(sbom.read(run.evidence / f"{_TOOLCHAIN}.{sbom.CYCLONEDX}"))
    sbom.compare(tools, modules | sbom.python_lock((place.root / "uv.lock").read_text("utf-8")), tools, "the toolchain")
    return {"packages": len(seen), "modules": len(tools)}


def _statements(run: Run, built: Built, record: Record) -> dict[str, dict[str, Any]]:
    place = run.workspace
    subject = Subject(f"{place.settings.image}:{run.commit.tag}", built.image_id, built.manifest)
    now = dt.datetime.now(dt.UTC)
    entries = ledger.load(place.root / "policies/exceptions.toml", now.date())
    statement = vex.document(entries, built.image_id, now)
    run.figures["vulnerabilities"] = len(statement["vulnerabilities"])
    documents = [f"{base}.{ending}" for base in (_IMAGE, _TOOLCHAIN) for ending in (sbom.CYCLONEDX, sbom.SPDX)]
    made = {name: store.digest(run.evidence / name) for name in documents}
    predicates: dict[str, Mapping[str, Any]] = {
        "provenance": _provenance(run, subject, record, made),
        "sbom.cdx": sbom.read(run.evidence / f"{_IMAGE}.{sbom.CYCLONEDX}"),
        "sbom.spdx": sbom.read(run.evidence / f"{_IMAGE}.{sbom.SPDX}"),
        "vex.cdx": statement,
    }
    return {name: provenance.statement(subject, verification.STATEMENTS[name], each) for name, each in predicates.items()}


def _provenance(run: Run, subject: Subject, record: Record, made: Mapping[str, str]) -> dict[str, Any]:
    place = run.workspace
    architecture, _ = image.architecture()
    found = {name: supply.find(place, name) for name in _BUILDERS}
    tools = {name: (each.version, each.sha256) for name, each in found.items()}
    build = Build(record.started, record.seconds, tools, architecture, "devbox" if supply.in_devbox() else "source")
    locked = debian_lock.parse((place.root / "toolchain/debian/service.lock").read_text("utf-8"))
    debs = [each for each in locked if each.architecture in {architecture, "all"}]
    wheels = provenance.wheels(image.packages(place), (place.root / "uv.lock").read_text("utf-8"))
    inputs = provenance.inputs_of(place.root, run.commit, debs, wheels)
    run.figures["inputs"] = len(inputs)
    return provenance.predicate(run.commit, subject, build, inputs, made)


def sign(run: Run, statements: Mapping[str, Mapping[str, Any]]) -> Path:
    """Sign each statement into a new folder that then takes the old one's place, so that never some of each are there."""
    signer = cosign.signer(run.workspace)
    folder = run.evidence / verification.FOLDER
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for name, each in statements.items():
        plain = new / f"{name}.json"
        plain.write_text(json.dumps(each, sort_keys=True, separators=(",", ":")), "utf-8")
        signer.statement(plain, new / f"{name}{verification.SUFFIX}")
        signer.confirm_statement(new / f"{name}{verification.SUFFIX}", each["subject"][0]["digest"]["sha256"], each["predicateType"])
        plain.unlink()
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)
    return folder
