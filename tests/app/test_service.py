"""The routes and the envelope, called in process; the server around them is tested in test_main.py and on the built image."""

import asyncio
import hashlib
import json
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from starlette.routing import Router

from app.envelope import Envelope
from app.service import MAX_BYTES, create, exposition

COMMIT = "c" * 40
# Surrogates have no UTF-8 form, so no client can send them.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=MAX_BYTES // 4)


def escape(text: str | bytes) -> str:
    """The text as one path segment. "." and ".." stand escaped: clients would resolve them away."""
    return quote(text, safe="").replace(".", "%2E")


def ask(service: Envelope | Router, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> httpx.Response:
    async def once() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://service") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(once())


@pytest.fixture
def service() -> Envelope:
    return create(COMMIT, "pod-1")


def sample(service: Envelope, name: str, **labels: str) -> float:
    families = text_string_to_metric_families(ask(exposition(service), "/metrics").text)
    found = [each.value for family in families for each in family.samples if each.name == name and labels.items() <= each.labels.items()]
    return sum(found)


def test_the_example_of_the_readme(service: Envelope) -> None:
    reply = ask(service, "/hash/abc123")
    assert (reply.status_code, reply.text) == (200, "6367c48dd193d56ea7b0baad25b19455e529f5ee")
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"


@given(TEXTS)
def test_any_text_is_hashed_as_utf8(text: str) -> None:
    reply = ask(create(COMMIT, "pod-1"), f"/hash/{escape(text)}")
    assert (reply.status_code, reply.text) == (200, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


@given(TEXTS)
def test_slashes_may_be_sent_as_they_are(text: str) -> None:
    service = create(COMMIT, "pod-1")
    reply = ask(service, f"/hash/x{escape(text).replace('%2F', '/')}y")
    assert reply.text == hashlib.sha1(f"x{text}y".encode(), usedforsecurity=False).hexdigest()


@given(st.binary(min_size=1, max_size=MAX_BYTES))
def test_bytes_are_hashed_if_they_are_utf8_and_refused_otherwise(raw: bytes) -> None:
    reply = ask(create(COMMIT, "pod-1"), f"/hash/{escape(raw)}")
    try:
        raw.decode()
    except UnicodeDecodeError:
        assert (reply.status_code, reply.text) == (400, "the text is not valid UTF-8\n")
    else:
        assert reply.text == hashlib.sha1(raw, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(("length", "status"), [(MAX_BYTES - 1, 200), (MAX_BYTES, 200), (MAX_BYTES + 1, 414)])
def test_the_length_limit_counts_decoded_bytes(service: Envelope, length: int, status: int) -> None:
    assert ask(service, "/hash/" + "%61" * length).status_code == status


@pytest.mark.parametrize("path", ["/hash/%", "/hash/%4", "/hash/%zz", "/hash/abc%"])
def test_a_broken_escape_is_refused(service: Envelope, path: str) -> None:
    scope_path = path.encode()
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    # httpx would escape the lone per cent sign itself.
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": scope_path,
        "query_string": b"",
        "headers": [],
        "http_version": "1.1",
    }
    asyncio.run(service(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 400


@pytest.mark.parametrize("path", ["/", "/hash", "/docs", "/openapi.json", "/metrics", "/healthz/", "//hash/abc", "/%68ash/abc"])
def test_everything_else_is_unknown(service: Envelope, path: str) -> None:
    assert ask(service, path).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_refused_and_told_which_are_allowed(service: Envelope, method: str) -> None:
    reply = ask(service, "/hash/abc", method)
    assert (reply.status_code, set(reply.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})


def test_probes_answer_and_readiness_follows_draining(service: Envelope) -> None:
    assert [ask(service, path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
    service.draining = True
    drained = ask(service, "/readyz")
    assert (drained.status_code, drained.headers["connection"]) == (503, "close")
    assert ask(service, "/healthz").status_code == 200
    assert ask(service, "/hash/abc").status_code == 200


@pytest.mark.parametrize("path", ["/hash/abc", "/nothing", "/hash/%ff"])
def test_every_answer_carries_its_origin_and_safe_headers(service: Envelope, path: str) -> None:
    headers = ask(service, path).headers
    assert (headers["x-commit"], headers["x-instance"]) == (COMMIT, "pod-1")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["server"] == ""


def test_nothing_but_the_metrics_is_on_their_port(service: Envelope) -> None:
    assert [ask(exposition(service), path).status_code for path in ("/metrics", "/", "/hash/abc", "/metrics/")] == [200, 404, 404, 404]
    assert ask(exposition(service), "/metrics", "POST").status_code == 405


def test_requests_are_counted_by_route_template_and_status(service: Envelope) -> None:
    for path in ("/hash/a", "/hash/b", "/hash/%ff", "/nothing"):
        ask(service, path)
    route = "/hash/{text:path}"
    assert sample(service, "http_requests_total", route=route, status="200", method="GET") == 2
    assert sample(service, "http_requests_total", route=route, status="400") == 1
    assert sample(service, "http_requests_total", route="unmatched", status="404") == 1
    assert sample(service, "http_request_duration_seconds_count", route=route) == 3
    assert sample(service, "service_build_info", commit=COMMIT) == 1


def test_a_client_cannot_grow_the_metrics(service: Envelope) -> None:
    for number in range(20):
        ask(service, f"/hash/{number}", method=f"VERB{number}")
        ask(service, f"/path/{number}")
    exposed = ask(exposition(service), "/metrics").text
    assert exposed.count("http_requests_total{") <= 4
    assert 'method="OTHER"' in exposed


def test_the_access_log_is_one_json_object_per_request_without_the_text(service: Envelope, capsys: pytest.CaptureFixture[str]) -> None:
    ask(service, "/hash/secret%0Aforged")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    entry = json.loads(lines[0])
    assert (entry["route"], entry["status"], entry["instance"], entry["commit"]) == ("/hash/{text:path}", 200, "pod-1", COMMIT)
    assert "secret" not in lines[0]


def test_answer_and_log_name_the_callers_trace_or_a_new_one(service: Envelope, capsys: pytest.CaptureFixture[str]) -> None:
    named = "4bf92f3577b34da6a3ce929d0e0e4736"
    told = ask(service, "/hash/abc", headers={"traceparent": f"00-{named}-00f067aa0ba902b7-01"})
    untold = ask(service, "/nothing", headers={"traceparent": "forged"})
    logged = [json.loads(line)["trace"] for line in capsys.readouterr().out.splitlines()]
    assert (told.headers["x-request-id"], untold.headers["x-request-id"]) == (named, logged[1])
    assert logged[0] == named != logged[1]


def test_a_route_that_fails_answers_500_and_logs_why(
    service: Envelope, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("app.service.hashlib.sha1", fail)
    reply = ask(service, "/hash/abc")
    assert (reply.status_code, reply.text) == (500, "internal error\n")
    entry = json.loads(capsys.readouterr().out)
    assert entry["status"] == 500
    assert "broken on purpose" in entry["error"]
