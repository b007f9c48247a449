"""The promise of the service, asked over HTTP of the container that will be deployed."""

import json
import socket
import threading
import time
from urllib.parse import quote, urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import container, contract, engine, process
from pipeline.container import Container
from pipeline.workspace import Workspace

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=256)


def test_abc123_has_the_digest_of_the_specification(service: Container) -> None:
    reply = requests.get(f"{service.url}/hash/abc123", timeout=5)
    assert reply.status_code == 200
    assert reply.text == "6367c48dd193d56ea7b0baad25b19455e529f5ee"


@pytest.fixture(scope="module")
def session() -> requests.Session:
    return requests.Session()


@settings(max_examples=300)
@given(text=TEXTS)
def test_any_text_has_its_sha1(place: Workspace, service: Container, session: requests.Session, text: str) -> None:
    known = contract.of(place)
    sent = quote(text, safe="").replace(".", "%2E")  # "." alone would be resolved away as a path segment by the client
    reply = session.get(service.url + known.path(sent), timeout=5)
    assert (reply.status_code, reply.text) == (200, known.right(sent))


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/hash/%ff", 400),
        ("/hash/%", 400),
        ("/hash/%zz", 400),
        ("/hash/" + "a" * 1025, 414),
        ("/", 404),
        ("/docs", 404),
        ("/../etc/passwd", 404),
    ],
)
def test_bad_input_is_a_clear_4xx(service: Container, target: str, status: int) -> None:
    assert raw(service, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").split()[1] == str(status)


@pytest.mark.parametrize(
    "request_text",
    [
        "GET /hash/abc HTTP/1.1\r\nHost: x\r\n" + "X-Padding: " + "a" * 100_000 + "\r\n\r\n",
        "no http at all\r\n\r\n",
        "GET /hash/" + "a" * 100_000 + " HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["huge header", "not HTTP", "huge path"],
)
def test_what_is_no_sane_request_is_refused_and_harms_nobody(service: Container, request_text: str) -> None:
    answer = raw(service, request_text)
    assert answer == "" or answer.split()[1].startswith("4")
    assert requests.get(f"{service.url}/hash/abc123", timeout=5).ok


def test_metrics_are_told_inside_and_not_where_requests_come_in(service: Container) -> None:
    assert requests.get(f"{service.url}/metrics", timeout=5).status_code == 404
    script = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8081/metrics', timeout=5).read().decode())"
    inside = [engine.DOCKER, "exec", service.name, "/usr/bin/python3.13", "-I", "-c", script]
    assert "http_requests_total" in process.run(inside, timeout=30).stdout


def test_the_running_container_is_locked_down(service: Container) -> None:
    told = json.loads(process.run([engine.DOCKER, "container", "inspect", service.name], timeout=30).stdout)[0]
    host = told["HostConfig"]
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["Memory"] == 128 << 20
    assert host["PidsLimit"] == 64
    assert [binding["HostIp"] for binding in host["PortBindings"]["8080/tcp"]] == ["127.0.0.1"]
    assert told["Config"]["User"] == "65532:65532"


def test_sigterm_drains(place: Workspace, image_id: str) -> None:
    failures: list[str] = []
    stop = threading.Event()
    with container.running(place, image_id) as own:

        def client() -> None:
            while not stop.is_set():
                try:
                    assert requests.get(f"{own.url}/hash/abc123", timeout=5).ok
                except (requests.RequestException, AssertionError) as error:
                    failures.append(repr(error))

        clients = [threading.Thread(target=client) for _ in range(4)]
        for each in clients:
            each.start()
        stopping = threading.Timer(0.5, stop.set)  # clients go on for half of the lame-duck second
        stopping.start()
        code = own.stop()
        for each in clients:
            each.join()
        statuses = [json.loads(line)["status"] for line in own.logs()]
    assert failures == []
    assert code == 0
    assert statuses.count(200) > 10


def test_nothing_of_a_container_is_left(place: Workspace, image_id: str) -> None:
    with pytest.raises(ZeroDivisionError), container.running(place, image_id) as own:
        raise ZeroDivisionError
    listing = process.run([engine.DOCKER, "ps", "-aq", "--filter", f"name={own.name}"], timeout=30).stdout
    assert listing == ""


def raw(service: Container, text: str) -> str:
    """Send bytes as they are and return the first line of the answer, empty when the connection was closed without one."""
    address = urlsplit(service.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        deadline = time.monotonic() + 5
        try:
            connection.sendall(text.encode())
            received = b""
            while b"\r\n" not in received and time.monotonic() < deadline and (part := connection.recv(4096)):
                received += part
        except ConnectionError:
            return ""
    return received.decode("latin-1").split("\r\n")[0]
