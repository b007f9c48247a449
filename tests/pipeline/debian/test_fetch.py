"""Fetching from a mirror that lies, loses files or breaks off."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.debian import fetch
from pipeline.debian.lock import Package
from pipeline.errors import IntegrityError, ToolchainError

CONTENT = b"a package"


@dataclass
class Mirror:
    """A mirror on this machine, its answers by path, and how often it was asked."""

    address: str
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: int = 0


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked += 1
            status, body = made.answers.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Mirror(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def package(content: bytes = CONTENT) -> Package:
    return Package("p", "1.0", "amd64", "debian/pool/p.deb", len(content), hashlib.sha256(content).hexdigest())


def test_a_file_appears_under_its_hash(mirror: Mirror, tmp_path: Path) -> None:
    mirror.answers["/debian/pool/p.deb"] = (200, CONTENT)
    fetch.fetch(mirror.address, package(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"{package().sha256}.deb"]


@pytest.mark.parametrize("served", [b"b package", b"a pack", b"", b"a package and more"])
def test_other_bytes_are_refused_and_leave_nothing(mirror: Mirror, tmp_path: Path, served: bytes) -> None:
    mirror.answers["/debian/pool/p.deb"] = (200, served)
    with pytest.raises(IntegrityError, match=r"p 1\.0 does not match the lock"):
        fetch.fetch(mirror.address, package(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_gone_means_a_fix_is_out(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="no longer served: a fix is out -> nox -s lock"):
        fetch.fetch(mirror.address, package(), tmp_path)


def test_a_mirror_with_troubles_is_asked_three_times(mirror: Mirror, tmp_path: Path) -> None:
    mirror.answers["/debian/pool/p.deb"] = (503, b"")
    with pytest.raises(ToolchainError, match="answered 503"):
        fetch.fetch(mirror.address, package(), tmp_path)
    assert mirror.asked == 3


def test_a_mirror_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="cannot be fetched"):
        fetch.fetch("http://127.0.0.1:9", package(), tmp_path)
