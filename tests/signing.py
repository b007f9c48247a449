"""Signatures as cosign makes them, by keys of the tests' own, and a commit's evidence to sign."""

import base64
import functools
import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from pipeline.attest import cosign, provenance, signature, verification
from pipeline.attest.provenance import Build, Subject
from pipeline.bundle import archive, contents, judge, manifest
from pipeline.commit import Commit
from pipeline.evidence import Record
from pipeline.gates import ledger, verdict
from pipeline.gates.report import Finding, Report
from pipeline.gates.verdict import Floor
from pipeline.workspace import ROOT

SHA, IMAGE_ID, MANIFEST_DIGEST = "a" * 40, "sha256:" + "1" * 64, "sha256:" + "2" * 64
Files = dict[str, bytes]


def signer(name: str = "ours") -> ec.EllipticCurvePrivateKey:
    """A key pair per name, the same one for the whole test run."""
    return _pair(name)


@functools.cache
def _pair(name: str) -> ec.EllipticCurvePrivateKey:
    assert name
    return ec.generate_private_key(ec.SECP256R1())


def _bundle(key: ec.EllipticCurvePrivateKey, signed: bytes, kind: str, content: Callable[[str], dict[str, Any]]) -> bytes:
    made = base64.b64encode(key.sign(signed, ec.ECDSA(SHA256()))).decode()
    material = {"publicKey": {"hint": signature.hint(key.public_key())}}
    table = {"mediaType": signature.MEDIA_TYPE, "verificationMaterial": material, kind: content(made)}
    return cosign.canonical(json.dumps(table).encode()).encode()


def sign_blob(text: bytes, key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
    """What `cosign sign-blob --bundle` writes for a text."""
    digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
    message = {"algorithm": "SHA2_256", "digest": digest}
    return _bundle(key or signer(), text, "messageSignature", lambda made: {"messageDigest": message, "signature": made})


def sign_statement(statement: Mapping[str, Any], key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
    """What `cosign attest-blob --statement --bundle` writes for an in-toto statement."""
    payload = json.dumps(statement).encode()
    kind = signature.PAYLOAD_TYPE
    envelope = {"payload": base64.b64encode(payload).decode(), "payloadType": kind}
    signed = signature.pre_authentication(kind, payload)
    return _bundle(key or signer(), signed, "dsseEnvelope", lambda made: envelope | {"signatures": [{"sig": made}]})


def statements(commit: str = SHA, image_id: str = IMAGE_ID, made: Mapping[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """A release's statements, before they are signed."""
    subject = Subject(f"portcullis.local/hash:{commit}", image_id, MANIFEST_DIGEST)
    tree = Commit(commit, 1_700_000_000)
    inputs = provenance.inputs_of(ROOT, tree, [], [])
    build = Build(1_700_000_100.0, 4.0, {"buildkit": ("0.26.3", "3" * 64)}, "amd64", "source")
    predicates: dict[str, Mapping[str, Any]] = {
        "provenance": provenance.predicate(tree, subject, build, inputs, made or {}),
        "sbom.cdx": {"bomFormat": "CycloneDX", "components": [{"purl": "pkg:pypi/starlette@1.10.0"}]},
        "sbom.spdx": {"spdxVersion": "SPDX-2.3", "packages": [{"name": "starlette"}]},
        "vex.cdx": {"bomFormat": "CycloneDX", "vulnerabilities": []},
    }
    return {name: provenance.statement(subject, verification.STATEMENTS[name], each) for name, each in predicates.items()}


def attestations(**changes: Any) -> Files:  # noqa: ANN401 - as `statements`
    """A release's attestations by name, signed."""
    return {name: sign_statement(each) for name, each in statements(**changes).items()}


def evidence(commit: str = SHA) -> Files:
    """What a green run of every stage leaves, as small as the floors allow."""
    day = max(each.added for each in _ledger())
    started = float(int(day.strftime("%s"))) + 43200
    figures = {"build": {"image_id": IMAGE_ID, "manifest": MANIFEST_DIGEST}, "integrate": {"image_id": IMAGE_ID}}
    records = [Record(stage, commit, "passed", started, 1.0, "done", figures=figures.get(stage, {})) for stage in manifest.REQUIRED]
    files = {f"{each.stage}.json": json.dumps(asdict(each)).encode() for each in records}
    files |= {f"{gate}.report.json": _report(gate) for gate in (*judge._GATES.values(),)}
    files |= {"lint.log": b"everything was looked at\n", "sbom-image.cdx.json": b"{}", "plan.txt": b"No changes.\n"}
    made = {"sbom-image.cdx.json": hashlib.sha256(b"{}").hexdigest()}
    files |= {f"attestations/{name}.sigstore.json": each for name, each in attestations(commit=commit, made=made).items()}
    return {contents.EVIDENCE + name: each for name, each in files.items()}


@functools.cache
def _ledger() -> tuple[ledger.Entry, ...]:
    table = tomllib.loads((ROOT / "policies/exceptions.toml").read_text())
    latest = max(each["added"] for each in table["exception"])
    return ledger.parse(table, latest)


@functools.cache
def _report(gate: str) -> bytes:
    """A green report: as much examined as the floors ask for, and exactly the findings that the ledger excepts."""
    table = tomllib.loads((ROOT / "policies/floors.toml").read_text())[gate]
    floors = {tool: Floor(**each) for tool, each in table.items()}
    mine = [each for each in _ledger() if each.gate == gate]
    excepted = tuple(Finding(each.file, 1, each.rule, "as excepted", resource=each.resource) for each in mine)
    reports = [
        Report(tool, "1", tuple(f"file-{number}" for number in range(floor.examined)), floor.rules, excepted if not index else ())
        for index, (tool, floor) in enumerate(floors.items())
    ]
    judged = verdict.judge(gate, reports, floors=floors, ledger=mine)
    assert judged.green, judged.errors
    return json.dumps(asdict(judged) | {"green": judged.green}, default=str).encode()


def known() -> dict[str, Any]:
    """What only the machine knows, made up."""
    tools = [{"name": "buildkitd", "version": "0.26.3", "sha256": "3" * 64}]
    return {"state": {"sha256": "4" * 64, "serial": 7}, "policies": contents.policies(ROOT), "tools": tools}


def tables() -> Files:
    """The tables of this tree, as a bundle has them."""
    return {contents.TREE + name: (ROOT / name).read_bytes() for name in contents.JUDGES}


def seal(files: Files, key: ec.EllipticCurvePrivateKey | None = None) -> Files:
    """Sum and sign the files, whatever they say."""
    rest = {name: each for name, each in files.items() if name not in {judge.SUMS, judge.SIGNATURE}}
    sums = contents.sums(rest.items())
    return rest | {judge.SUMS: sums, judge.SIGNATURE: sign_blob(sums, key)}


def draw(files: Files, commit: str = SHA) -> Files:
    """Add the manifest that follows from the files."""
    return files | {judge.MANIFEST: manifest.draw(commit, files, known()).text()}


def bundle_files(commit: str = SHA) -> Files:
    """The files of a green, honest bundle."""
    return seal(draw(evidence(commit) | tables(), commit))


def pack(files: Files) -> bytes:
    """Pack them as the stage does."""
    return archive.pack(files)
