"""The ports of 127.0.0.1 that the engine hands on to the node: by a small program for each, which nobody starts again when it ends."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

_CONNECT_SECONDS = 2.0


def published(container: Mapping[str, Any]) -> list[int]:
    """The ports of 127.0.0.1 that a container's `inspect` says are handed on to it, in order; of a stopped one, none."""
    bindings = (container.get("NetworkSettings", {}).get("Ports") or {}).values()
    return sorted(int(each["HostPort"]) for several in bindings for each in several or [] if each["HostIp"] == "127.0.0.1")


def dead(container: Mapping[str, Any]) -> list[int]:
    """Those of them at which nobody listens: the engine's program has ended, which it does when it runs out of open files."""
    return [port for port in published(container) if not _listens(port)]


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_CONNECT_SECONDS):
            return True
    except ConnectionRefusedError:
        return False
    except OSError:  # whoever is slow to answer is there
        return True
