"""Hears whatever a network namespace asks of its name server and whatever leaves it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from pipeline import process
from pipeline.offline import frames

_ETH_P_ALL = 3
_MOST_BYTES = 65535


@dataclass
class Ears:
    """What was heard so far: names asked for, with who asked, and destinations of what left."""

    asked: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


@contextmanager
def listening(server: str, border: str) -> Iterator[Ears]:
    """Be the name server at the address `server`, and hear every frame that arrives at the device `border`, for the time of the block."""
    ears = Ears()
    with ExitStack() as stack:
        datagrams = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        datagrams.bind((server, frames.DNS_PORT))
        streams = stack.enter_context(socket.create_server((server, frames.DNS_PORT)))
        raw = stack.enter_context(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL)))
        raw.bind((border, 0))
        for hear in (lambda: _answer(datagrams, ears), lambda: _accept(streams, ears), lambda: _hear(raw, ears)):
            threading.Thread(target=_until_closed, args=(hear,), daemon=True).start()
        yield ears


def _until_closed(hear: Callable[[], None]) -> None:
    try:
        while True:
            hear()
    except OSError:
        return  # the socket was closed: the block is over


def _answer(datagrams: socket.socket, ears: Ears) -> None:
    message, peer = datagrams.recvfrom(_MOST_BYTES)
    ears.asked.append(f"{frames.question(message)} (by {peer[0]})")
    datagrams.sendto(frames.refusal(message), peer)


def _accept(streams: socket.socket, ears: Ears) -> None:
    connection, peer = streams.accept()
    with connection:
        ears.asked.append(f"over TCP (by {peer[0]})")


def _hear(raw: socket.socket, ears: Ears) -> None:
    ears.left.append(frames.destination(raw.recv(_MOST_BYTES)))


def counted(border: str) -> int:
    """Return how many frames the kernel itself has counted at the device, whether or not anybody heard them."""
    said = process.run(["ip", "-json", "-statistics", "link", "show", "dev", border], timeout=10).stdout
    return int(json.loads(said)[0]["stats64"]["rx"]["packets"])
