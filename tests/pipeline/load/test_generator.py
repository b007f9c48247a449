"""The load generator keeps within its bounds and reads what vegeta writes."""

import base64
import hashlib
import json
from dataclasses import replace

import pytest

from pipeline import workspace
from pipeline.contract import Contract
from pipeline.errors import UsageError
from pipeline.load import generator
from pipeline.load.generator import Answer

PLACE = workspace.locate()
KNOWN = Contract("/hash/{}", {}, lambda text: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())
SERVICE = replace(PLACE.settings.service, commit_header="x-commit", instance_header="X-INSTANCE")
DIGEST_OF_7 = "902ba3cda1883801594b6e1b452790cc53948fda"


def line(**changes: object) -> str:
    """What vegeta 12.13 wrote for one answered request, shortened."""
    written = {
        "seq": 0,
        "code": 200,
        "timestamp": "2026-11-24T10:09:31.019943301Z",
        "latency": 6282766,
        "error": "",
        "body": base64.b64encode(DIGEST_OF_7.encode()).decode(),
        "url": "http://127.0.0.1:18080/hash/7",
        "headers": {"X-Commit": ["abc"], "X-Instance": ["pod-1"]},
    }
    return json.dumps(written | changes)


def test_an_answer_is_read_with_its_origin() -> None:
    (found,) = generator.read([line()], KNOWN, SERVICE)
    assert found == Answer(1795514971.019943, 0.006282766, 200, "", right=True, commit="abc", instance="pod-1")
    assert not found.failed


def test_another_texts_digest_is_wrong() -> None:
    (found,) = generator.read([line(url="http://127.0.0.1:18080/hash/8")], KNOWN, SERVICE)
    assert (found.status, found.right, found.failed) == (200, False, True)


def test_a_request_without_answer_failed_and_says_why() -> None:
    (found,) = generator.read([line(code=0, error="connection refused", body=None, headers=None)], KNOWN, SERVICE)
    assert (found.failed, found.error, found.commit) == (True, "connection refused", "")


@pytest.mark.parametrize(
    ("url", "rate", "seconds"),
    [
        ("http://192.0.2.1:80", 1, 1),
        ("http://127.0.0.1.example.com", 1, 1),
        ("http://127.0.0.1:1", 0, 1),
        ("http://127.0.0.1:1", 10_001, 1),
        ("http://127.0.0.1:1", 1, 901),
    ],
)
def test_other_addresses_and_endless_loads_are_refused(url: str, rate: int, seconds: int) -> None:
    with pytest.raises(UsageError, match="out of bounds"):
        generator.send(PLACE, url, rate=rate, seconds=seconds)
