"""VEX says no more than the ledger does."""

import datetime as dt

from pipeline.attest import vex
from pipeline.gates.ledger import Entry

DAY = dt.date(2026, 11, 24)
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
IMAGE = "sha256:" + "1" * 64


def entry(rule: str, justification: str = "") -> Entry:
    return Entry("image", rule, "image", "No input reaches it.", "platform", DAY, DAY, "libexpat1@2.9", justification)


def test_nothing_excepted_is_said_too() -> None:
    assert vex.document([entry("CKV_K8S_43")], IMAGE, NOW) == {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": "2026-11-24T12:00:00Z",
            "component": {
                "type": "container",
                "bom-ref": IMAGE,
                "name": IMAGE,
                "hashes": [{"alg": "SHA-256", "content": "1" * 64}],
            },
        },
        "vulnerabilities": [],
    }


def test_an_exception_is_a_claim_only_with_a_justification() -> None:
    said = vex.document([entry("CVE-2026-12345"), entry("DSA-6001-1", "code_not_reachable")], IMAGE, NOW)["vulnerabilities"]
    detail = "No input reaches it. (platform, until 2026-11-24)"
    affects = [{"ref": "libexpat1@2.9"}]
    assert said == [
        {"id": "CVE-2026-12345", "analysis": {"state": "in_triage", "detail": detail}, "affects": affects},
        {
            "id": "DSA-6001-1",
            "analysis": {"state": "not_affected", "detail": detail, "justification": "code_not_reachable"},
            "affects": affects,
        },
    ]
