"""Signatures are read strictly: one key, one spelling, one thing signed."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pipeline.attest import cosign, signature
from pipeline.errors import IntegrityError
from pipeline.workspace import ROOT
from tests import signing

KEY = signing.signer().public_key()
TEXT = b"what was signed\n"
STATEMENT = {"_type": "https://in-toto.io/Statement/v1", "subject": []}
# Made by cosign 3.0.6 with a key that no longer exists: sign-blob over b"hello\\n", attest-blob of a statement.
RECORDED = ROOT / "tests/pipeline/attest/recorded"


def test_what_cosign_made_is_accepted_and_nothing_else_under_its_name() -> None:
    key = signature.public_key(RECORDED / "cosign.pub")
    blob = (RECORDED / "blob.sigstore.json").read_bytes()
    signature.blob(b"hello\n", blob, key)
    signature.blob(b"hello\n", cosign.canonical(blob).encode(), key)
    statement = signature.statement((RECORDED / "statement.sigstore.json").read_bytes(), key)
    assert (statement["predicateType"], len(statement["subject"])) == ("https://slsa.dev/provenance/v1", 2)
    with pytest.raises(IntegrityError, match="over something else"):
        signature.blob(b"hello", blob, key)


def test_what_was_signed_is_accepted() -> None:
    signature.blob(TEXT, signing.sign_blob(TEXT), KEY)
    assert signature.statement(signing.sign_statement(STATEMENT), KEY) == STATEMENT


def edited(bundle: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    table = json.loads(bundle)
    change(table)
    return json.dumps(table).encode()


def respelt(text: str) -> str:
    """The same bytes in base64 with a spare bit set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = text.rstrip("=")
    assert len(body) % 4
    return body[:-1] + alphabet[alphabet.index(body[-1]) ^ 1] + text[len(body) :]


BLOB_CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another format": lambda table: table.update(mediaType="application/vnd.dev.sigstore.bundle.v0.2+json"),
    "a part more": lambda table: table.update(more={}),
    "a certificate beside the key": lambda table: table["verificationMaterial"].update(certificate={}),
    "a log entry that nobody checks": lambda table: table["verificationMaterial"].update(tlogEntries=[{}]),
    "another key's name": lambda table: table["verificationMaterial"]["publicKey"].update(hint="x"),
    "another digest": lambda table: table["messageSignature"]["messageDigest"].update(digest=base64.b64encode(b"0" * 32).decode()),
    "another algorithm": lambda table: table["messageSignature"]["messageDigest"].update(algorithm="SHA2_512"),
    "no signature": lambda table: table["messageSignature"].pop("signature"),
    "an empty signature": lambda table: table["messageSignature"].update(signature=""),
    "a signature that is no base64": lambda table: table["messageSignature"].update(signature="?"),
    "a signature that is no text": lambda table: table["messageSignature"].update(signature=1),
    "a message that is no table": lambda table: table.update(messageSignature=[]),
}


@pytest.mark.parametrize("name", sorted(BLOB_CHANGES))
def test_a_changed_signature_is_refused(name: str) -> None:
    with pytest.raises(IntegrityError):
        signature.blob(TEXT, edited(signing.sign_blob(TEXT), BLOB_CHANGES[name]), KEY)


@pytest.mark.parametrize("text", [b"", b"[]", b"nothing", b'{"mediaType": 1, "mediaType": 1}', b"[" * 100_000, b"\xff"])
def test_what_is_no_bundle_is_refused(text: bytes) -> None:
    with pytest.raises(IntegrityError):
        signature.blob(TEXT, text, KEY)


def test_another_text_and_another_key_are_refused() -> None:
    with pytest.raises(IntegrityError, match="over something else"):
        signature.blob(b"another", signing.sign_blob(TEXT), KEY)
    with pytest.raises(IntegrityError, match="signed by another key"):
        signature.blob(TEXT, signing.sign_blob(TEXT, signing.signer("theirs")), KEY)


def another_payload(table: dict[str, Any]) -> None:
    table["dsseEnvelope"]["payload"] = base64.b64encode(b'{"_type": "another"}').decode()


STATEMENT_CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another payload": another_payload,
    "another payload type": lambda table: table["dsseEnvelope"].update(payloadType="text/plain"),
    "no signature": lambda table: table["dsseEnvelope"].update(signatures=[]),
    "two signatures": lambda table: table["dsseEnvelope"].update(signatures=table["dsseEnvelope"]["signatures"] * 2),
    "a field more": lambda table: table["dsseEnvelope"].update(more=1),
    "another spelling": lambda table: table["dsseEnvelope"].update(payload=respelt(table["dsseEnvelope"]["payload"])),
}


@pytest.mark.parametrize("name", sorted(STATEMENT_CHANGES))
def test_a_changed_statement_is_refused(name: str) -> None:
    with pytest.raises(IntegrityError):
        signature.statement(edited(signing.sign_statement(STATEMENT), STATEMENT_CHANGES[name]), KEY)


def test_a_signature_over_bytes_is_none_over_a_statement() -> None:
    with pytest.raises(IntegrityError, match="no Sigstore bundle"):
        signature.statement(signing.sign_blob(json.dumps(STATEMENT).encode()), KEY)


def test_only_a_public_key_of_the_right_curve_is_read(tmp_path: Path) -> None:
    file = tmp_path / "key.pub"
    for bad in (ec.generate_private_key(ec.SECP384R1()).public_key(), rsa.generate_private_key(65537, 2048).public_key()):
        file.write_bytes(bad.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        with pytest.raises(IntegrityError, match="is no ECDSA key of the curve P-256"):
            signature.public_key(file)
    file.write_text("nothing")
    with pytest.raises(IntegrityError, match="is no public key"):
        signature.public_key(file)
    with pytest.raises(IntegrityError, match="is no public key"):
        signature.public_key(tmp_path / "missing")
