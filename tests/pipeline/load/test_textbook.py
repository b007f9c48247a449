"""The reference does the same work as ours, or comparing them would mean nothing."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from pipeline.load.textbook.service import application


@given(st.from_regex(r"[a-z0-9]{1,40}", fullmatch=True))
def test_the_textbook_answers_the_same_digests(text: str) -> None:
    reply = application.test_client().get(f"/hash/{text}")
    assert (reply.status_code, reply.text) == (200, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


def test_it_gets_ready_and_knows_nothing_else() -> None:
    client = application.test_client()
    assert client.get("/readyz").status_code == 200
    assert client.get("/metrics").status_code == 404
