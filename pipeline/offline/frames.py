"""Reads what crosses the border: an Ethernet frame's destination, and the name that a DNS message asks for. Never trusts a length."""

from __future__ import annotations

import ipaddress
import struct

# IEEE 802 numbers and IANA protocol numbers.
_IPV4, _IPV6 = 0x0800, 0x86DD
_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}
_WITH_PORTS = {"tcp", "udp"}
_ETHERNET, _IPV4_LEAST, _IPV6_HEADER, _DNS_HEADER = 14, 20, 40, 12
DNS_PORT = 53


def destination(frame: bytes) -> str:
    """Say where a frame was sent to, as `tcp 203.0.113.7:443`; what is no IP packet is told by its type."""
    if len(frame) < _ETHERNET:
        return "a broken frame"
    (kind,) = struct.unpack_from("!H", frame, 12)
    packet = frame[_ETHERNET:]
    if kind == _IPV4 and len(packet) >= _IPV4_LEAST:
        return _told(packet[9], str(ipaddress.IPv4Address(packet[16:20])), packet[4 * (packet[0] & 15) :])
    if kind == _IPV6 and len(packet) >= _IPV6_HEADER:
        return _told(packet[6], f"[{ipaddress.IPv6Address(packet[24:40])}]", packet[_IPV6_HEADER:])
    return f"ethertype {kind:#06x}"


def _told(number: int, address: str, rest: bytes) -> str:
    protocol = _PROTOCOLS.get(number, f"protocol {number}")
    if protocol not in _WITH_PORTS or len(rest) < 4:  # noqa: PLR2004 - two ports of two bytes
        return f"{protocol} {address}"
    return f"{protocol} {address}:{struct.unpack_from('!H', rest, 2)[0]}"


def is_dns(told: str) -> bool:
    """Whether a destination is some name server's."""
    return told.endswith(f":{DNS_PORT}")


def question(message: bytes) -> str:
    """Return the name that a DNS message asks for, `?` when it is none. Source: RFC 1035, sections 4.1.1 and 3.1."""
    labels, at = [], _DNS_HEADER
    while at < len(message) and (length := message[at]):
        label = message[at + 1 : at + 1 + length]
        if len(label) < length:
            return "?"
        labels.append(label.decode("ascii", "replace"))
        at += 1 + length
    return ".".join(labels) or "?"


def refusal(message: bytes) -> bytes:
    """Return the answer REFUSED to a query, so that whoever asked goes on at once. Source: RFC 1035, section 4.1.1."""
    return message[:2] + bytes([message[2] | 0x80, 0x05]) + message[4:] if len(message) >= _DNS_HEADER else b""
