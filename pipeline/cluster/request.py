"""Reads a certificate signing request: who it is for, and the names and addresses that it asks for.

A strict reader of the few parts that are judged, so that neither a program nor a package has to be trusted with it. Whatever it does not
know is an error, never passed over. Source: RFC 2986 (PKCS #10), RFC 5280 (extensions), X.690 (DER).
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

_PEM = re.compile(r"\s*-----BEGIN CERTIFICATE REQUEST-----\s+([A-Za-z0-9+/=\s]+)-----END CERTIFICATE REQUEST-----\s*")
_INTEGER, _OCTETS, _OID, _SEQUENCE, _SET, _ATTRIBUTES = 0x02, 0x04, 0x06, 0x30, 0x31, 0xA0
_DNS, _ADDRESS = 0x82, 0x87
_BOOLEAN = 0x01
_COMMON_NAME, _ORGANISATION = b"\x55\x04\x03", b"\x55\x04\x0a"
_EXTENSIONS = bytes.fromhex("2a864886f70d01090e")
_ALTERNATIVE_NAMES = b"\x55\x1d\x11"
_TEXTS = {0x0C, 0x13}  # UTF8String, PrintableString
_LONGEST = 0x7F


@dataclass(frozen=True)
class Request:
    """What a request asks for. Lists are sorted; a name that is there twice stays there twice."""

    common_names: tuple[str, ...]
    organisations: tuple[str, ...]
    names: tuple[str, ...]
    addresses: tuple[str, ...]


def read(pem: str) -> Request:
    """Read a PEM request. Raises `ValueError` for anything that is not one, or holds what this does not know."""
    found = _PEM.fullmatch(pem)
    if not found:
        raise ValueError("not one PEM certificate request")
    try:
        return _request(base64.b64decode("".join(found[1].split()), validate=True))
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from error


def _request(der: bytes) -> Request:
    ((outer, body),) = _elements(der, 1)
    (kind, info), _algorithm, _signature = _elements(body, 3)
    _expect(outer == _SEQUENCE and kind == _SEQUENCE, "the request is no sequence")
    (version, _number), (_, subject), _key, *attributes = _elements(info)
    _expect(version == _INTEGER, "the request has no version")
    names, addresses = _alternative_names(attributes)
    return Request(
        common_names=tuple(sorted(_of_subject(subject, _COMMON_NAME))),
        organisations=tuple(sorted(_of_subject(subject, _ORGANISATION))),
        names=tuple(sorted(names)),
        addresses=tuple(sorted(addresses)),
    )


def _of_subject(subject: bytes, wanted: bytes) -> Iterator[str]:
    for _, group in _elements(subject):
        for _, pair in _elements(group):
            (_, oid), (kind, text) = _elements(pair, 2)
            if oid == wanted:
                _expect(kind in _TEXTS, "a name is no text")
                yield text.decode("utf-8")


def _alternative_names(attributes: list[tuple[int, bytes]]) -> tuple[list[str], list[str]]:
    names: list[str] = []
    addresses: list[str] = []
    for oid, value in _extensions(attributes):
        _expect(oid == _ALTERNATIVE_NAMES, f"unknown extension {oid.hex()}")
        ((_, general),) = _elements(value, 1)
        for kind, content in _elements(general):
            _expect(kind in {_DNS, _ADDRESS}, f"an alternative name of the unknown kind {kind:#x}")
            if kind == _DNS:
                names.append(content.decode("ascii"))
            else:
                addresses.append(str(ipaddress.ip_address(content)))
    return names, addresses


def _extensions(attributes: list[tuple[int, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Object identifier and value of each requested extension."""
    for kind, content in attributes:
        _expect(kind == _ATTRIBUTES, "the request has an unknown part")
        for _, attribute in _elements(content):
            (_, oid), (_, values) = _elements(attribute, 2)
            _expect(oid == _EXTENSIONS, f"unknown attribute {oid.hex()}")
            ((_, extensions),) = _elements(values, 1)
            for _, extension in _elements(extensions):
                (id_kind, identifier), *critical, (value_kind, value) = _elements(extension)
                _expect(id_kind == _OID and value_kind == _OCTETS and [each for each, _ in critical] in ([], [_BOOLEAN]), "odd extension")
                yield identifier, value


def _elements(data: bytes, count: int | None = None) -> list[tuple[int, bytes]]:
    """Split DER into (tag, content). Raises `ValueError` when a length does not fit, or there are not `count` elements."""
    found = []
    while data:
        _expect(len(data) > 1, "cut short")
        tag, length, start = data[0], data[1], 2
        if length > _LONGEST:
            start += length & _LONGEST
            length = int.from_bytes(data[2:start], "big")
        _expect(start + length <= len(data), "cut short")
        found.append((tag, data[start : start + length]))
        data = data[start + length :]
    _expect(count is None or len(found) == count, "an element too many or too few")
    return found


def _expect(fact: bool, otherwise: str) -> None:  # noqa: FBT001 - an assertion reads as its fact
    if not fact:
        raise ValueError(otherwise)
