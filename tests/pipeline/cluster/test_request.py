"""Reading signing requests: what OpenSSL made is read, what is damaged or unknown is refused."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cluster import request
from pipeline.cluster.request import Request
from tests.support import signing_request as make

SUBJECT = "/O=system:nodes/CN=system:node:n1"


def test_subject_names_and_addresses_are_read(tmp_path: Path) -> None:
    pem = make(tmp_path, SUBJECT, "subjectAltName=DNS:n1,DNS:a,IP:10.0.0.2,IP:fd00::1")
    assert request.read(pem) == Request(("system:node:n1",), ("system:nodes",), ("a", "n1"), ("10.0.0.2", "fd00::1"))


def test_a_request_without_alternative_names_asks_for_none(tmp_path: Path) -> None:
    assert request.read(make(tmp_path, SUBJECT)) == Request(("system:node:n1",), ("system:nodes",), (), ())


def test_a_second_organisation_is_seen(tmp_path: Path) -> None:
    assert request.read(make(tmp_path, "/O=system:nodes/O=system:masters/CN=x")).organisations == ("system:masters", "system:nodes")


@pytest.mark.parametrize("extension", ["subjectAltName=URI:spiffe://x", "subjectAltName=email:a@b", "basicConstraints=CA:TRUE"])
def test_what_is_not_known_is_refused(tmp_path: Path, extension: str) -> None:
    with pytest.raises(ValueError, match="unknown"):
        request.read(make(tmp_path, SUBJECT, extension))


@pytest.mark.parametrize("text", ["", "hello", "-----BEGIN CERTIFICATE REQUEST-----\n!\n-----END CERTIFICATE REQUEST-----"])
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not one PEM"):
        request.read(text)


def test_a_request_with_something_after_it_is_refused(tmp_path: Path) -> None:
    pem = make(tmp_path, SUBJECT)
    with pytest.raises(ValueError, match="not one PEM"):
        request.read(pem + pem)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_value_error(data: bytes) -> None:
    body = base64.encodebytes(data).decode("ascii")
    with pytest.raises(ValueError, match="not one PEM"):
        request.read(f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n")


@given(st.text())
def test_any_text_is_refused_with_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        request.read(text)


def test_a_request_that_somebody_else_signed_is_refused(tmp_path: Path) -> None:
    pem = make(tmp_path, SUBJECT)
    lines = pem.strip().splitlines()
    der = bytearray(base64.b64decode("".join(lines[1:-1])))
    der[-1] ^= 1  # the end of the signature
    body = base64.encodebytes(bytes(der)).decode("ascii")
    with pytest.raises(ValueError, match="not signed by its own key"):
        request.read(f"{lines[0]}\n{body}{lines[-1]}\n")
