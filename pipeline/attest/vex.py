"""What is said about known vulnerabilities that the gates let pass: a CycloneDX VEX document drawn from the ledger of exceptions.

An empty ledger gives an empty document, which is a statement too: no known vulnerability was excepted. CycloneDX and not OpenVEX, whose
schema has no place for it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from pipeline.gates.ledger import Entry

PREDICATE = "https://cyclonedx.org/bom"
_VULNERABILITY = re.compile(r"^(?:CVE-\d{4}-\d+|GHSA(?:-[0-9a-z]{4}){3}|DSA-\d+-\d+|PYSEC-\d{4}-\d+|GO-\d{4}-\d+)$")


def document(entries: Iterable[Entry], subject: str, moment: dt.datetime) -> dict[str, Any]:
    """The document for the image with that ID, in CycloneDX 1.6."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "container",
                "bom-ref": subject,
                "name": subject,
                "hashes": [{"alg": "SHA-256", "content": subject.removeprefix("sha256:")}],
            },
        },
        "vulnerabilities": [_vulnerability(each) for each in entries if _VULNERABILITY.match(each.rule)],
    }


def _vulnerability(entry: Entry) -> dict[str, Any]:
    """One exception. Without a justification it only says that somebody decided to wait: that is no claim of being unaffected."""
    analysis: dict[str, Any] = {"state": "in_triage", "detail": f"{entry.reason} ({entry.owner}, until {entry.expires})"}
    if entry.justification:
        analysis |= {"state": "not_affected", "justification": entry.justification}
    return {"id": entry.rule, "analysis": analysis, "affects": [{"ref": entry.resource or entry.file}]}
