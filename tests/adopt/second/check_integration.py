"""The promise of the service, asked over HTTP of the container that will be deployed."""

from urllib.parse import quote

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import container, contract
from pipeline.container import Container
from pipeline.workspace import Workspace


@settings(max_examples=300)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_is_answered_as_the_oracle_says(place: Workspace, service: Container, text: str) -> None:
    known, sent = contract.of(place), quote(text, safe="")
    reply = requests.get(service.url + known.path(sent), timeout=5)
    assert (reply.status_code, reply.text) == (200, known.right(sent))


@pytest.mark.parametrize(("target", "status"), [("/", 404), ("/metrics", 404), ("/checksum?of=" + "a" * 1025, 414), ("/checksum/", 404)])
def test_bad_input_is_a_clear_4xx(service: Container, target: str, status: int) -> None:
    assert requests.get(service.url + target, timeout=5).status_code == status


def test_sigterm_drains(place: Workspace, image_id: str) -> None:
    with container.running(place, image_id) as own:
        assert requests.get(f"{own.url}/checksum?of=a", timeout=5).ok
        assert own.stop() == 0
