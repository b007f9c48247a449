"""The running process: it answers rightly, names its release, and drains on SIGTERM."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from app.__main__ import Service

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def serving() -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    port, metrics = free_port(), free_port()
    env = os.environ | {"PORT": str(port), "METRICS_PORT": str(metrics), "SERVICE_COMMIT": "c" * 40, "HOSTNAME": "pod-1"}
    child = subprocess.Popen([sys.executable, "-m", "app"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                assert requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=1).ok
            except requests.ConnectionError:
                assert time.monotonic() < deadline, "the service did not get ready within 10 s"
                time.sleep(0.05)
            else:
                break
        yield child, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics}"
    finally:
        child.kill()
        child.communicate(timeout=10)


def test_any_text_has_its_checksum() -> None:
    with serving() as (_, url, _), requests.Session() as session:

        @settings(max_examples=100)
        @given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
        def right(text: str) -> None:
            reply = session.get(f"{url}/checksum", params={"of": text}, timeout=5)
            assert (reply.status_code, reply.json()) == (200, {"crc32": f"{zlib.crc32(text.encode()):08x}"})
            assert (reply.headers["X-Release"], reply.headers["X-Pod"]) == ("c" * 40, "pod-1")

        right()


def test_a_request_is_counted_and_logged_under_its_trace_and_route() -> None:
    with serving() as (child, url, metrics):
        requests.get(f"{url}/checksum?of=secret", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}, timeout=5)
        assert requests.get(f"{url}/metrics", timeout=5).status_code == 404
        told = requests.get(f"{metrics}/metrics", timeout=5).text
        assert 'http_requests_total{method="GET",route="/checksum",status="200"} 1.0' in told
        child.send_signal(signal.SIGTERM)
        lines, _ = child.communicate(timeout=15)
    assert child.returncode == 0
    (entry,) = (each for each in map(json.loads, lines.splitlines()) if each["route"] == "/checksum")
    assert (entry["status"], entry["trace"], entry["commit"]) == (200, "a" * 32, "c" * 40)
    assert "secret" not in lines


def test_it_says_no_longer_ready_before_it_stops() -> None:
    with serving() as (child, url, _):
        child.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert requests.get(f"{url}/health/ready", timeout=2).status_code == 503
        assert requests.get(f"{url}/checksum?of=a", timeout=2).headers["Connection"] == "close"
        assert child.wait(15) == 0


def test_nothing_is_answered_that_is_no_route() -> None:
    routes = {route.resource.canonical for route in Service("c", "i").application().router.routes() if route.resource}
    assert routes == {"/checksum", "/health/live", "/health/ready"}
