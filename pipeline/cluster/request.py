"""Reads a certificate signing request: who it is for, and the names and addresses that it asks for; more than that is refused."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID, ObjectIdentifier

_BEGIN = "-----BEGIN CERTIFICATE REQUEST-----"


@dataclass(frozen=True)
class Request:
    """What a request asks for. Lists are sorted; a name that is there twice stays there twice."""

    common_names: tuple[str, ...]
    organisations: tuple[str, ...]
    names: tuple[str, ...]
    addresses: tuple[str, ...]


def read(pem: str) -> Request:
    """Read a PEM request. Raises `ValueError` for anything that is not exactly one, is not signed by its own key, or asks for more."""
    try:
        asked = x509.load_pem_x509_csr(pem.encode("ascii"))
    except ValueError as error:
        raise ValueError("not one PEM certificate request") from error
    if pem.count(_BEGIN) != 1:
        raise ValueError("not one PEM certificate request, but several")
    if not asked.is_signature_valid:
        raise ValueError("not signed by its own key")
    names, addresses = _alternative_names(asked)
    return Request(_subject(asked, NameOID.COMMON_NAME), _subject(asked, NameOID.ORGANIZATION_NAME), names, addresses)


def _subject(asked: x509.CertificateSigningRequest, wanted: ObjectIdentifier) -> tuple[str, ...]:
    return tuple(sorted(str(each.value) for each in asked.subject.get_attributes_for_oid(wanted)))


def _alternative_names(asked: x509.CertificateSigningRequest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names: list[str] = []
    addresses: list[str] = []
    for extension in asked.extensions:
        if extension.oid != ExtensionOID.SUBJECT_ALTERNATIVE_NAME:
            raise ValueError(f"unknown extension {extension.oid.dotted_string}")
        for name in extension.value:
            match name:
                case x509.DNSName():
                    names.append(name.value)
                case x509.IPAddress():
                    addresses.append(str(name.value))
                case _:
                    raise ValueError(f"an alternative name of the unknown kind {type(name).__name__}")
    return tuple(sorted(names)), tuple(sorted(addresses))
