"""Whose request is approved: the kubelet's own, to the letter."""

import base64
from pathlib import Path
from typing import Any

import pytest

from pipeline.cluster import certificates
from pipeline.cluster.certificates import Node
from tests.support import signing_request as make

SUBJECT = "/O=system:nodes/CN=system:node:n1"
NODE = Node("n1", ("10.0.0.2",))
OWN = "subjectAltName=DNS:n1,IP:10.0.0.2"


def asked(pem: str, **changes: object) -> dict[str, Any]:
    spec = {
        "request": base64.b64encode(pem.encode()).decode(),
        "signerName": "kubernetes.io/kubelet-serving",
        "username": "system:node:n1",
        "groups": ["system:nodes", "system:authenticated"],
        "usages": ["digital signature", "server auth"],
    }
    return {"metadata": {"name": "csr-1"}, "spec": spec | changes}


def test_the_kubelets_own_request_has_nothing_against_it(tmp_path: Path) -> None:
    assert certificates.objections(asked(make(tmp_path, SUBJECT, OWN)), NODE) == []


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({"signerName": "kubernetes.io/kube-apiserver-client"}, "signer kubernetes.io/kube-apiserver-client, expected"),
        ({"username": "system:node:n2"}, "requestor system:node:n2, expected system:node:n1"),
        ({"groups": ["system:authenticated"]}, "groups system:authenticated, expected"),
        ({"groups": ["system:nodes", "system:authenticated", "system:masters"]}, "groups system:authenticated, system:masters"),
        ({"usages": ["digital signature", "client auth"]}, "usages client auth, digital signature"),
        ({"usages": []}, "usages none"),
        ({"request": "%"}, "its request is not readable"),
    ],
)
def test_whatever_else_it_is_for_is_objected_to(tmp_path: Path, change: dict[str, object], objection: str) -> None:
    (found,) = certificates.objections(asked(make(tmp_path, SUBJECT, OWN), **change), NODE)
    assert found.startswith(objection)


@pytest.mark.parametrize(
    ("subject", "names", "objection"),
    [
        (SUBJECT, "subjectAltName=DNS:n1,IP:10.0.0.2,DNS:kubernetes.default.svc", "names kubernetes.default.svc, n1, expected n1"),
        (SUBJECT, "subjectAltName=DNS:n1,IP:10.0.0.2,IP:10.96.0.1", "addresses 10.0.0.2, 10.96.0.1, expected 10.0.0.2"),
        (SUBJECT, "subjectAltName=DNS:n1", "addresses none, expected 10.0.0.2"),
        ("/O=system:nodes/CN=system:node:n2", OWN, "common name system:node:n2, expected system:node:n1"),
        ("/O=system:masters/CN=system:node:n1", OWN, "organisation system:masters, expected system:nodes"),
        (SUBJECT, "subjectAltName=DNS:n1,IP:10.0.0.2,URI:x:y", "its request is not readable"),
    ],
)
def test_whatever_else_it_holds_is_objected_to(tmp_path: Path, subject: str, names: str, objection: str) -> None:
    (found,) = certificates.objections(asked(make(tmp_path, subject, names)), NODE)
    assert found.startswith(objection)
