"""Ports that lead to the node, and those at which nobody listens any more."""

import socket
from typing import Any

import pytest

from pipeline.cluster import ports


def container(*published: tuple[str, int]) -> dict[str, Any]:
    return {"NetworkSettings": {"Ports": {f"{port}/tcp": [{"HostIp": host, "HostPort": str(port)}] for host, port in published}}}


@pytest.mark.parametrize(
    "found", [{}, {"NetworkSettings": {}}, {"NetworkSettings": {"Ports": None}}, {"NetworkSettings": {"Ports": {"22/tcp": None}}}]
)
def test_what_does_not_run_has_no_ports(found: dict[str, Any]) -> None:
    assert ports.published(found) == ports.dead(found) == []


def test_only_those_of_this_machine_itself_count() -> None:
    assert ports.published(container(("127.0.0.1", 9), ("0.0.0.0", 8), ("127.0.0.1", 7))) == [7, 9]  # noqa: S104 - what is not to count


def test_a_port_is_dead_when_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as other:
        alive, ended = server.getsockname()[1], other.getsockname()[1]
        found = container(("127.0.0.1", alive), ("127.0.0.1", ended))
        assert ports.dead(found) == []
        other.close()
        assert ports.dead(found) == [ended]
