"""The closed world: what has to be typed inside new namespaces so that nothing of the machine's network, sockets or engine is left.

It has a default route, to a border that is a pair of virtual cards: what is sent there arrives where it is heard and goes nowhere.
Without any route an attempt would fail before the kernel counts a packet, and nobody could tell a quiet run from one that tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipeline import network
from pipeline.workspace import Workspace

NEAR, BORDER = "beyond", "border"
# Addresses for documentation (RFC 5737, RFC 3849), which nobody has.
SERVER, _SERVER6 = "198.51.100.53", "2001:db8:0:1::53"
SOMEBODY, SOMEBODY6, OTHER_SERVER = "203.0.113.7", "2001:db8:5::7", "203.0.113.53"
NOBODY = "control.portcullis.invalid"
_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TERM", "TZ", "XDG_CACHE_HOME", "NOX_PARALLEL")


def unshared() -> list[str]:
    """What starts a program in namespaces of its own; it and all it starts end with whoever started it, by the kernel."""
    own = ["--net", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc"]
    return ["setpriv", "--pdeathsig", "KILL", "--", "unshare", *own, "--"]


def cards() -> list[list[str]]:
    """The commands that make the namespace's network: loopback, and the way to the border. The kernel itself says nothing there."""
    quiet = [f"net.ipv6.conf.{NEAR}.router_solicitations=0", f"net.ipv6.conf.{NEAR}.accept_dad=0"]
    return [
        ["ip", "link", "set", "lo", "up"],
        ["ip", "link", "add", NEAR, "type", "veth", "peer", "name", BORDER],
        ["ip", "link", "set", NEAR, "addrgenmode", "none", "arp", "off"],
        ["ip", "link", "set", BORDER, "addrgenmode", "none", "arp", "off"],
        ["sysctl", "-qw", *quiet, f"net.ipv6.conf.{BORDER}.disable_ipv6=1"],
        ["ip", "link", "set", BORDER, "up"],
        ["ip", "link", "set", NEAR, "up"],
        ["ip", "address", "add", f"{SERVER}/24", "dev", NEAR],
        ["ip", "address", "add", f"{_SERVER6}/64", "dev", NEAR, "nodad"],
        ["ip", "route", "add", "default", "dev", NEAR],
        ["ip", "-6", "route", "add", "default", "dev", NEAR],
    ]


def mounts(scratch: Path, cache: Path) -> list[list[str]]:
    """The commands that put folders of `scratch` in place of what leads out: sockets, temporary files, the engine and its note."""
    return [
        ["mount", "-t", "tmpfs", "tmpfs", "/run"],
        ["mount", "-t", "tmpfs", "tmpfs", str(cache / "engine")],
        ["mount", "--bind", str(scratch / "resolv.conf"), "/etc/resolv.conf"],
        ["mount", "--bind", str(scratch / "docker"), "/var/lib/docker"],
        ["mount", "--bind", str(scratch / "tmp"), str(Path("/", "tmp"))],
    ]


def environment(of: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """Return the few variables that the run keeps, so that no proxy, socket or credential comes along, and those that it gets."""
    kept = {name: of[name] for name in _KEPT if name in of}
    return {**kept, "XDG_STATE_HOME": str(scratch / "state"), "PORTCULLIS_SUPPLIER": "source", network.VARIABLE: "1"}


def folder(place: Workspace) -> Path:
    """Where all that the proof makes is kept while it goes on."""
    return place.state / "offline"
