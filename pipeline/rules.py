"""The one table of rules, policies/rules.toml, read into typed values: what Rego, admission and the differential test are all made from."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import UsageError

_FIX = "correct policies/rules.toml"
_SEVERITIES = {"low", "medium", "high", "critical"}
# What is no object of the cluster: these have nothing that admission could be asked.
_FILES = {"dockerfile", "devbox"}


@dataclass(frozen=True)
class Rule:
    """One rule, as its entry in the table says."""

    id: str
    severity: str
    fix: str
    on: str | tuple[str, ...]
    """`container`, `pod`, `connection`, a kind of file, or the kinds of objects that are asked."""
    cel: str = ""
    """What must hold for the API to take an object."""
    admission: str = ""
    """Why admission cannot ask."""
    manifests: str = ""
    """Why Rego cannot ask."""
    psa: tuple[str, ...] = ()
    """What Pod Security calls the same violation."""
    beyond: str = ""
    """Where the rule is stricter than Pod Security."""


@dataclass(frozen=True)
class Part:
    """A part of the cluster itself, and the rules that it may break."""

    name: str
    reason: str
    may: tuple[str, ...]
    namespace: str = "kube-system"


@dataclass(frozen=True)
class Written:
    """Something that is known by name: its kinds, the CEL that tells it from every other, and the rules that it may break."""

    name: str
    on: tuple[str, ...]
    cel: str
    reason: str
    may: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The whole table. `raw` is what Rego is handed."""

    rules: Mapping[str, Rule]
    values: Mapping[str, Any]
    parts: tuple[Part, ...]
    written: tuple[Written, ...]
    pod_security_alone: Mapping[str, str]
    """What Pod Security calls what no rule asks, and why none does."""
    raw: Mapping[str, Any]

    @property
    def admitted(self) -> tuple[Rule, ...]:
        """The rules that admission asks."""
        return tuple(rule for rule in self.rules.values() if rule.cel)


def load(root: Path) -> Table:
    """Read the table of the tree in `root`. Raises `UsageError` when it is missing or an entry is not as it must be."""
    path = root / "policies" / "rules.toml"
    try:
        return parse(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is no table of rules ({type(error).__name__}: {error})", fix=_FIX) from error


def parse(raw: Mapping[str, Any]) -> Table:
    """Return the table that TOML holds. Raises `UsageError` naming the entry at fault."""
    rules = {name: _rule(name, entry) for name, entry in raw["rule"].items()}
    parts = tuple(Part(name, **_tuples(entry)) for name, entry in raw["part"].items())
    written = tuple(Written(name, **_tuples(entry)) for name, entry in raw["written"].items())
    excused: tuple[Part | Written, ...] = (*parts, *written)
    for each in excused:
        if unknown := sorted(set(each.may) - {rule.id for rule in rules.values() if rule.cel}):
            raise UsageError(f"{each.name} may break {unknown[0]}, which admission does not ask", fix=_FIX)
        if not each.reason:
            raise UsageError(f"{each.name} has no reason", fix=_FIX)
    return Table(rules, raw["values"], parts, written, raw["pod-security-alone"], raw)


def _rule(name: str, entry: Mapping[str, Any]) -> Rule:
    rule = Rule(name, **_tuples(entry))
    faults = {
        "has no such severity": rule.severity not in _SEVERITIES,
        "does not say what to do": len(rule.fix) <= len("remove it"),
        "needs either cel, or in admission why not": (rule.on not in _FILES) != (bool(rule.cel) != bool(rule.admission)),
        "is asked by nobody": bool(rule.manifests and not rule.cel),
        "is beyond nothing": bool(rule.beyond and not rule.psa),
    }
    if found := [words for words, fault in faults.items() if fault]:
        raise UsageError(f"rule {name} {found[0]}", fix=_FIX)
    return rule


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
