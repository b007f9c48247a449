"""Reads the table of pins and judges versions against it."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from pipeline.errors import IntegrityError, UsageError

_VERSION = re.compile(r"(?<![\d.])v?(\d+\.\d+(?:\.\d+)?)(?![\d.])")


@dataclass(frozen=True)
class Pin:
    """One tool: its version and how it is supplied. The fields are described in toolchain/pins.toml."""

    name: str
    version: str
    devbox: str = ""
    executables: Mapping[str, str] = field(default_factory=dict)
    show: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    denied: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    seconds: int = 0
    cgo: bool = False
    tags: tuple[str, ...] = ()
    experiment: str = ""
    stamps: Mapping[str, str] = field(default_factory=dict)
    go: str = ""


@functools.cache
def load(root: Path) -> Mapping[str, Pin]:
    """Read the pins of the project in `root`. Raises `UsageError` naming the entry at fault."""
    path = root / "toolchain" / "pins.toml"
    try:
        return parse(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} is not readable ({error})", fix="git checkout toolchain/pins.toml") from error


def parse(table: Mapping[str, Any]) -> Mapping[str, Pin]:
    """Turn the table into pins by name. Raises `UsageError` for an unknown key, or a single supplier without its reason."""
    known = {each.name for each in fields(Pin)} - {"name"}
    pins = {}
    for name, entry in table.items():
        fix = f"correct [{name}] in toolchain/pins.toml"
        if unknown := sorted(set(entry) - known):
            raise UsageError(f"pin {name}: unknown key {unknown[0]!r}", fix=fix)
        if not _VERSION.fullmatch(str(entry.get("version", ""))) and entry.get("version") != "1":
            raise UsageError(f"pin {name}: {entry.get('version')!r} is no version", fix=fix)
        if not (entry.get("devbox") and entry.get("executables")) and not entry.get("reason"):
            raise UsageError(f"pin {name} has one supplier and no reason for it", fix=fix)
        values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
        pins[name] = _stamped(Pin(name=name, **values))
    return pins


def _stamped(pin: Pin) -> Pin:
    """Put the version into the stamps that speak of it: it is written down once."""
    major, minor = (*pin.version.split("."), "")[:2]
    words = {"{version}": pin.version, "{major}": major, "{minor}": minor}
    return replace(
        pin,
        stamps={name: functools.reduce(lambda said, each: said.replace(*each), words.items(), value) for name, value in pin.stamps.items()},
    )


def version_in(text: str) -> str:
    """Return the first version number in what a tool printed, without a leading v; empty when there is none."""
    found = _VERSION.search(text)
    return found[1] if found else ""


def accept(pin: Pin, version: str) -> None:
    """Raise `IntegrityError` unless `version` is the pinned one, or in the declared range, and not on the deny-list."""
    fix = f"put {pin.name} {pin.version} on the PATH, or take the other one off it"
    if version in pin.denied:
        raise IntegrityError(f"{pin.name} {version} is refused: {pin.denied[version]}", fix=fix)
    if version == pin.version or (pin.range and in_range(version, pin.range)):
        return
    wanted = " and ".join(pin.range) if pin.range else pin.version
    raise IntegrityError(f"{pin.name} is {version or 'of unknown version'}, pinned is {wanted}", fix=fix)


def in_range(version: str, bounds: tuple[str, ...]) -> bool:
    """Whether a dotted version satisfies every bound, each `>=X` or `<X`."""
    if not version:
        return False
    checks = {">=": lambda a, b: a >= b, "<": lambda a, b: a < b}
    for bound in bounds:
        operator = ">=" if bound.startswith(">=") else "<"
        if not checks[operator](_numbers(version), _numbers(bound.removeprefix(operator))):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in (version + ".0.0").split(".")[:3])
