"""Whatever crosses the border is told by where it went; broken bytes are told as that and never raise."""

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.offline import frames

_CARDS = bytes(12)


def v4(address: str, protocol: int, rest: bytes, options: bytes = b"") -> bytes:
    head = (
        bytes([0x40 | (5 + len(options) // 4)]) + bytes(8) + bytes([protocol]) + bytes(2) + bytes(4) + ipaddress.ip_address(address).packed
    )
    return _CARDS + b"\x08\x00" + head + options + rest


def v6(address: str, protocol: int, rest: bytes) -> bytes:
    return _CARDS + b"\x86\xdd" + bytes(6) + bytes([protocol, 64]) + bytes(16) + ipaddress.ip_address(address).packed + rest


def ports(port: int) -> bytes:
    return struct.pack("!HH", 40000, port)


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (v4("203.0.113.7", 6, ports(443)), "tcp 203.0.113.7:443"),
        (v4("203.0.113.53", 17, ports(53), options=bytes(8)), "udp 203.0.113.53:53"),
        (v4("203.0.113.7", 1, b"\x08\x00\x00\x00"), "icmp 203.0.113.7"),
        (v4("203.0.113.7", 6, b"\x01"), "tcp 203.0.113.7"),
        (v4("203.0.113.7", 132, b""), "protocol 132 203.0.113.7"),
        (v6("2001:db8:5::7", 6, ports(443)), "tcp [2001:db8:5::7]:443"),
        (_CARDS + b"\x08\x06" + bytes(28), "ethertype 0x0806"),
        (_CARDS + b"\x08\x00" + bytes(3), "ethertype 0x0800"),
        (b"", "a broken frame"),
    ],
)
def test_a_frame_is_told_by_protocol_address_and_port(frame: bytes, told: str) -> None:
    assert frames.destination(frame) == told


def test_name_servers_are_known_by_their_port() -> None:
    told = ["udp 203.0.113.53:53", "tcp [2001:db8::1]:53", "udp 203.0.113.53:5353", "tcp 203.0.113.53:153"]
    assert [frames.is_dns(each) for each in told] == [True, True, False, False]


def test_a_question_is_read_and_refused() -> None:
    query = b"\xab\xcd\x01\x00" + bytes([0, 1]) + bytes(6) + b"\x07example\x03org\x00" + b"\x00\x01\x00\x01"
    assert frames.question(query) == "example.org"
    assert frames.refusal(query) == b"\xab\xcd\x81\x05" + query[4:]


@given(st.binary(max_size=80))
def test_no_bytes_make_the_readers_fail(text: bytes) -> None:
    assert frames.destination(text)
    assert frames.question(text)
    assert len(frames.refusal(text)) in {0, len(text)}


@given(st.lists(st.text("abcdefghij-", min_size=1, max_size=63), min_size=1, max_size=5))
def test_every_name_is_read_as_it_was_asked(labels: list[str]) -> None:
    message = bytes(12) + b"".join(bytes([len(each)]) + each.encode() for each in labels) + b"\x00\x00\x01\x00\x01"
    assert frames.question(message) == ".".join(labels)
