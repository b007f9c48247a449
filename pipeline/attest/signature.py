"""Reads what cosign signed, without cosign: whoever checks a release needs a public key and this file, no network and no tool.

Source: the Sigstore bundle format v0.3 (protobuf-specs) and the Dead Simple Signing Envelope v1.0.2.
Only what a long-lived key signs is read. A log entry or a certificate in a bundle is refused, for nothing here would check it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from pipeline.errors import IntegrityError

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
_FIX = "do not use it; find out who made it"


def public_key(path: Path) -> ec.EllipticCurvePublicKey:
    """Read a public key in PEM. Raises `IntegrityError` unless it is one of the P-256 curve: cosign makes no other by itself."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise IntegrityError(f"{path} is no public key ({error})", fix="name the signer's cosign.pub") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise IntegrityError(f"{path} is no ECDSA key of the curve P-256", fix="name the signer's cosign.pub")
    return key


def fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    """SHA-256 of the key, in hex: how people compare keys."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def hint(key: ec.EllipticCurvePublicKey) -> str:
    """How a bundle names the key that made it."""
    return base64.b64encode(bytes.fromhex(fingerprint(key))).decode()


def blob(text: bytes, bundle: bytes, key: ec.EllipticCurvePublicKey) -> None:
    """Raise `IntegrityError` unless `bundle` is this key's signature over `text`."""
    content = _content(bundle, key, "messageSignature")
    said, found = content["messageDigest"], hashlib.sha256(text).digest()
    if set(content) != {"messageDigest", "signature"} or said != {"algorithm": "SHA2_256", "digest": base64.b64encode(found).decode()}:
        raise IntegrityError("the signature is over something else", fix=_FIX)
    _check(key, content["signature"], text)


def statement(bundle: bytes, key: ec.EllipticCurvePublicKey) -> dict[str, Any]:
    """Return the in-toto statement that this key signed. Raises `IntegrityError` when it did not."""
    envelope = _content(bundle, key, "dsseEnvelope")
    if set(envelope) != {"payload", "payloadType", "signatures"} or envelope["payloadType"] != PAYLOAD_TYPE:
        raise IntegrityError("the envelope holds no in-toto statement", fix=_FIX)
    signatures = envelope["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1 or set(signatures[0]) - {"keyid"} != {"sig"}:
        raise IntegrityError("the envelope has not exactly one signature", fix=_FIX)
    payload = _decoded(envelope["payload"])
    _check(key, signatures[0]["sig"], pre_authentication(PAYLOAD_TYPE, payload))
    read = strict_json(payload)
    if not isinstance(read, dict):
        raise IntegrityError("the signed payload is no statement", fix=_FIX)
    return read


def pre_authentication(kind: str, payload: bytes) -> bytes:
    """What a DSSE signature is made over: the type counts, so that bytes signed as one thing never pass as another."""
    return b"DSSEv1 %d %s %d %s" % (len(kind.encode()), kind.encode(), len(payload), payload)


def strict_json(text: bytes) -> Any:  # noqa: ANN401 - whatever was signed; its reader checks the shape
    """Parse JSON in which no name occurs twice: two readers must not see two documents. Raises `IntegrityError`."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) != len(pairs):
            raise ValueError("a name occurs twice")
        return table

    try:
        return json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"not readable as JSON ({error})", fix=_FIX) from error


def _content(bundle: bytes, key: ec.EllipticCurvePublicKey, kind: str) -> dict[str, Any]:
    read = strict_json(bundle)
    if not isinstance(read, dict) or set(read) != {"mediaType", "verificationMaterial", kind} or read["mediaType"] != MEDIA_TYPE:
        raise IntegrityError(f"this is no Sigstore bundle v0.3 with a {kind}", fix=_FIX)
    if read["verificationMaterial"] != {"publicKey": {"hint": hint(key)}}:
        raise IntegrityError(f"it was signed by another key than {fingerprint(key)[:16]}", fix="name the signer's key: --key=FILE")
    content = read[kind]
    if not isinstance(content, dict):
        raise IntegrityError(f"its {kind} is damaged", fix=_FIX)
    return content


def _check(key: ec.EllipticCurvePublicKey, signature: object, signed: bytes) -> None:
    try:
        key.verify(_decoded(signature), signed, ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise IntegrityError(f"the signature was not made by the key {fingerprint(key)[:16]} over these bytes", fix=_FIX) from error


def _decoded(text: object) -> bytes:
    """Base64 in its one canonical spelling: spare bits are a place to hide a change in."""
    try:
        decoded = base64.b64decode(str(text), validate=True)
    except binascii.Error as error:
        raise IntegrityError("a part of the signature is damaged", fix=_FIX) from error
    if base64.b64encode(decoded).decode() != text:
        raise IntegrityError("a part of the signature is damaged", fix=_FIX)
    return decoded
