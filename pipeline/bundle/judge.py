"""Judges a bundle: first that nothing was changed since it was signed, then that what was signed does not contradict itself.

The second part is for a signer who was deceived or deceives: verdicts are drawn again from the reports and floors, digests are compared
wherever two parts name the same thing. What no bundle can show is that the signer's machine told the truth.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.attest import provenance, signature, verification
from pipeline.attest.signature import strict_json
from pipeline.bundle import archive, contents, manifest
from pipeline.bundle.contents import EVIDENCE, TREE
from pipeline.bundle.manifest import Manifest
from pipeline.errors import IntegrityError
from pipeline.evidence import Record
from pipeline.gates import ledger, report, verdict
from pipeline.gates.verdict import Floor

SUMS, SIGNATURE, MANIFEST = "SHA256SUMS", "SHA256SUMS.sigstore.json", "manifest.json"
_FIX = "do not use it; ask its signer"
# Stages whose verdict is a gate's, and the gate.
_GATES = {**{name: name for name in ("lint", "sast", "secrets", "workflows", "deps", "iac", "policy")}, "scan": "image"}
_SHA = re.compile(r"[0-9a-f]{40}")

Original = Callable[[str, str], bytes | None]
"""Returns a file of a commit (full hash, path) from somewhere else than the bundle, or None when there is nothing to compare with."""


def check(packed: bytes, key: ec.EllipticCurvePublicKey, original: Original, commit: str = "") -> tuple[Manifest, int]:
    """Return a bundle's manifest and how many of its tables were compared with `original`.

    `commit` is the one that it has to be of, if any. Raises `IntegrityError` for the first thing that is not as it must be.
    """
    files = archive.unpack(packed)
    _sealed(files, key)
    told = manifest.read(files[MANIFEST])
    if not _SHA.fullmatch(told.commit):
        raise IntegrityError(f"it is about {told.commit[:50]!r}, which is no commit", fix=_FIX)
    if commit and told.commit != commit:
        raise IntegrityError(f"it is of commit {told.commit[:12]}, asked for was {commit[:12]}", fix="take the bundle of that commit")
    try:
        records = _as_recorded(told, files)
        _gates(records, files)
        if "attest" in records:
            _attested(told, records, files, key)
        return told, _tables(told, files, original)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(f"a part of it is damaged ({type(error).__name__}: {error})", fix=_FIX) from error


def _sealed(files: Mapping[str, bytes], key: ec.EllipticCurvePublicKey) -> None:
    for name in (SUMS, SIGNATURE, MANIFEST):
        if name not in files:
            raise IntegrityError(f"it has no {name}", fix=_FIX)
    signature.blob(files[SUMS], files[SIGNATURE], key)
    rest = {name: content for name, content in files.items() if name not in {SUMS, SIGNATURE}}
    if contents.sums(rest.items()) == files[SUMS]:
        return
    lines = (line.partition("  ") for line in files[SUMS].decode("utf-8", "replace").splitlines())
    listed = {name: sha256 for sha256, _, name in lines}
    for name in sorted({*rest, *listed}):
        if name not in rest or name not in listed:
            raise IntegrityError(f"{name} is {'listed and not there' if name in listed else 'there and not listed'}", fix=_FIX)
        if hashlib.sha256(rest[name]).hexdigest() != listed[name]:
            raise IntegrityError(f"{name} was changed after it was signed", fix=_FIX)
    raise IntegrityError(f"{SUMS} is not written as it must be", fix=_FIX)


def _as_recorded(told: Manifest, files: Mapping[str, bytes]) -> dict[str, Record]:
    """The manifest follows from the records, and these are of its commit."""
    tag = f"{told.commit}-dirty" if told.dirty else told.commit
    records = {record.stage: record for record in manifest.records(files)}
    for record in records.values():
        if record.tag != tag:
            raise IntegrityError(f"the record of {record.stage} is of {record.tag[:12]}, the bundle of {tag[:12]}", fix=_FIX)
    drawn = manifest.draw(tag, files, {"state": told.state, "policies": told.policies, "tools": told.tools})
    if drawn.text() != files[MANIFEST]:
        told_verdict, drawn_verdict = told.verdict, drawn.verdict
        raise IntegrityError(f"its manifest says {told_verdict}, its records give {drawn_verdict} or differ elsewhere", fix=_FIX)
    return {name: record for name, record in records.items() if record.verdict == "passed"}


def _gates(passed: Mapping[str, Record], files: Mapping[str, bytes]) -> None:
    """Every gate that passed is judged again, by the floors and the ledger of its day."""
    try:
        table = tomllib.loads(files[f"{TREE}policies/floors.toml"].decode())
        floors = {gate: {tool: Floor(**values) for tool, values in tools.items()} for gate, tools in table.items()}
        exceptions = tomllib.loads(files[f"{TREE}policies/exceptions.toml"].decode())
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise IntegrityError(f"the tables that judged it are missing or damaged ({error})", fix=_FIX) from error
    for stage, gate in _GATES.items():
        if stage not in passed:
            continue
        day = dt.datetime.fromtimestamp(passed[stage].started, dt.UTC).date()
        mine = [entry for entry in ledger.parse(exceptions, day) if entry.gate == gate]
        said = _report(files, gate)
        again = verdict.judge(gate, [report.load(each) for each in said["reports"]], floors=floors.get(gate, {}), ledger=mine)
        if not again.green or said.get("green") is not True:
            reason = next(iter([*again.errors, *map(str, again.findings)]), "its report says no")
            raise IntegrityError(f"{stage} is recorded as passed, and is not: {reason}", fix=_FIX)


def _report(files: Mapping[str, bytes], gate: str) -> dict[str, Any]:
    name = f"{EVIDENCE}{gate}.report.json"
    if name not in files:
        raise IntegrityError(f"{gate} is recorded as passed, and its report is missing", fix=_FIX)
    said = strict_json(files[name])
    if not isinstance(said, dict) or said.get("gate") != gate or not said.get("reports"):
        raise IntegrityError(f"{name} is no report of {gate}", fix=_FIX)
    return said


def _attested(told: Manifest, passed: Mapping[str, Record], files: Mapping[str, bytes], key: ec.EllipticCurvePublicKey) -> None:
    """Attestations, bills of materials and records speak of one image, one commit, one set of locks."""
    folder = f"{EVIDENCE}{verification.FOLDER}/"
    bundles = {
        name.removeprefix(folder).removesuffix(verification.SUFFIX): content for name, content in files.items() if name.startswith(folder)
    }
    attested = verification.read(bundles, key)
    locks = {name: _digest(files, TREE + name) for name in provenance.LOCKS}
    verification.release(attested, told.commit, str(told.image.get("image_id")), locks)
    if attested.manifest != told.image.get("manifest"):
        raise IntegrityError(f"the provenance is of manifest {attested.manifest[:19]}, the record of the build is not", fix=_FIX)
    for stage in ("build", "integrate"):
        if stage not in passed or passed[stage].figures.get("image_id") != attested.image_id:
            raise IntegrityError(f"the record of {stage} is not of the attested image {attested.image_id[:19]}", fix=_FIX)
    for each in attested.statements["provenance"]["predicate"]["runDetails"].get("byproducts", []):
        if _digest(files, EVIDENCE + each["name"]) != each["digest"].get("sha256"):
            raise IntegrityError(f"{each['name']} is not the one that the provenance names", fix=_FIX)


def _tables(told: Manifest, files: Mapping[str, bytes], original: Original) -> int:
    """The tables in the bundle are those that the manifest lists, and those of the commit, where the commit is at hand."""
    compared = 0
    for name in contents.JUDGES:
        if TREE + name not in files:
            raise IntegrityError(f"the table {name} is missing", fix=_FIX)
        if not told.dirty and name in told.policies and told.policies[name] != f"sha256:{_digest(files, TREE + name)}":
            raise IntegrityError(f"the table {name} is not the one that the manifest lists", fix=_FIX)
        if (wanted := original(told.commit, name)) is not None:
            compared += 1
            if wanted != files[TREE + name]:
                raise IntegrityError(f"the table {name} is not the one of commit {told.commit[:12]}", fix=_FIX)
    return compared


def _digest(files: Mapping[str, bytes], name: str) -> str:
    return hashlib.sha256(files[name]).hexdigest() if name in files else ""
