"""The authority's certificates are for the names that were asked for, of that authority alone, and for a day."""

import datetime as dt
import ipaddress

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from pipeline.cloud.certificates import Authority


def test_a_certificate_names_what_it_is_for_and_fits_its_key() -> None:
    authority = Authority("proof")
    pair = authority.issue(["registry.example"], ["10.0.0.250", "127.0.0.1"])
    made = x509.load_pem_x509_certificate(pair.certificate.encode())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["registry.example"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("10.0.0.250"), ipaddress.ip_address("127.0.0.1")]
    assert list(made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    key = serialization.load_pem_private_key(pair.key.encode(), None)
    assert key.public_key() == made.public_key()


def test_it_ends_within_a_day() -> None:
    for text in ((authority := Authority("proof")).certificate, authority.issue(["a.example"]).certificate):
        made = x509.load_pem_x509_certificate(text.encode())
        assert dt.timedelta(hours=20) < made.not_valid_after_utc - dt.datetime.now(dt.UTC) <= dt.timedelta(days=1)


def test_another_authority_of_the_same_name_did_not_issue_it() -> None:
    one, other = Authority("proof"), Authority("proof")
    leaf = x509.load_pem_x509_certificate(one.issue(["a.example"]).certificate.encode())
    leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(one.certificate.encode()))
    with pytest.raises(InvalidSignature):
        leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(other.certificate.encode()))
