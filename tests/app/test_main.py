"""The running process: it binds, answers, drains on SIGTERM and refuses a taken port."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def serving(port: int, metrics_port: int = 0) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [sys.executable, "-m", "app"],
        cwd=ROOT,
        env=os.environ | {"PORT": str(port), "METRICS_PORT": str(metrics_port or free_port())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate(timeout=10)


def wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            assert requests.get(f"http://127.0.0.1:{port}/readyz", timeout=1).ok
        except requests.ConnectionError:
            assert time.monotonic() < deadline, "the service did not get ready within 10 s"
            time.sleep(0.05)
        else:
            return


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_without_a_lost_request(number: signal.Signals) -> None:
    port = free_port()
    failures: list[str] = []
    stop = threading.Event()

    def client() -> None:
        while not stop.is_set():
            try:
                if requests.get(f"http://127.0.0.1:{port}/hash/abc", timeout=5).status_code != 200:
                    failures.append("a wrong status")
            except requests.RequestException as error:
                failures.append(str(error))

    with serving(port) as child:
        wait_until_ready(port)
        clients = [threading.Thread(target=client) for _ in range(4)]
        for each in clients:
            each.start()
        time.sleep(0.3)
        child.send_signal(number)
        time.sleep(0.5)  # inside the lame-duck time: answers still come
        assert requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 503
        stop.set()
        for each in clients:
            each.join()
        assert child.wait(10) == 0
    assert failures == []


def test_metrics_have_a_port_of_their_own() -> None:
    port, metrics_port = free_port(), free_port()
    with serving(port, metrics_port):
        wait_until_ready(port)
        assert requests.get(f"http://127.0.0.1:{port}/hash/abc", timeout=5).ok
        assert requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).status_code == 404
        told = requests.get(f"http://127.0.0.1:{metrics_port}/metrics", timeout=5)
    assert 'http_requests_total{method="GET",route="/hash/{text:path}",status="200"} 1.0' in told.text
    assert told.headers["server"] == ""


@pytest.mark.parametrize("which", ["requests", "metrics"])
def test_a_taken_port_is_refused(which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = int(server.getsockname()[1])
        ports = (taken, free_port()) if which == "requests" else (free_port(), taken)
        refused(*ports)


def refused(port: int, metrics_port: int) -> None:
    with serving(port, metrics_port) as child:
        assert child.wait(10) != 0
        assert child.stderr is not None
        assert "Address already in use" in child.stderr.read()
