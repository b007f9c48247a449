"""The exception ledger, policies/exceptions.toml: dated, owned permissions for single findings. The aim is an empty one."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.errors import UsageError
from pipeline.gates.report import Finding

LONGEST = dt.timedelta(days=90)
_SHORTEST_REASON = 20  # characters; a word is no reason
# Source: CycloneDX 1.6, impactAnalysisJustification.
_JUSTIFICATIONS = {
    "",
    "code_not_present",
    "code_not_reachable",
    "requires_configuration",
    "requires_dependency",
    "requires_environment",
    "protected_by_compiler",
    "protected_at_runtime",
    "protected_at_perimeter",
    "protected_by_mitigating_control",
}
_WIDE = re.compile(r"[*?\[\]]")


@dataclass(frozen=True)
class Entry:
    """Permission for one rule at one object: an exact file and, where the finding names one, an exact resource or package@version."""

    gate: str
    rule: str
    file: str
    reason: str
    owner: str
    added: dt.date
    expires: dt.date
    resource: str = ""
    justification: str = ""
    """Of a vulnerability: why it cannot be used here, in a word of CycloneDX. Without it nothing is claimed but that somebody decided."""

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is the one that this entry is about."""
        return (finding.rule, finding.file, finding.resource) == (self.rule, self.file, self.resource)


def load(path: Path, today: dt.date) -> tuple[Entry, ...]:
    """Read a ledger. Raises `UsageError` naming the first entry that is incomplete, expired, too long, too wide or a duplicate."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} is not readable ({error})", fix="git checkout policies/exceptions.toml") from error
    return parse(table, today)


def parse(table: Mapping[str, Any], today: dt.date) -> tuple[Entry, ...]:
    """Check the table's entries. Raises `UsageError`, see `load`."""
    if unknown := sorted(set(table) - {"exception"}):
        raise UsageError(f"the ledger has an unknown table {unknown[0]!r}", fix="every entry is an [[exception]]")
    entries = tuple(_entry(number, each, today) for number, each in enumerate(table.get("exception", []), 1))
    scopes = Counter((entry.gate, entry.rule, entry.file, entry.resource) for entry in entries)
    for scope, count in scopes.items():
        if count > 1:
            raise UsageError(f"the ledger has {count} entries for {' '.join(filter(None, scope))}", fix="keep one")
    return entries


def _entry(number: int, table: Mapping[str, Any], today: dt.date) -> Entry:
    fix = f"correct [[exception]] number {number} in policies/exceptions.toml"
    kinds = {field.name: dt.date if "date" in str(field.type) else str for field in fields(Entry)}
    wrong = sorted(set(table) - set(kinds)) + sorted(set(kinds) - {"resource", "justification"} - set(table))
    wrong += [name for name, value in table.items() if name in kinds and type(value) is not kinds[name]]
    if wrong:
        raise UsageError(f"exception {number}: {wrong[0]!r} is unknown, missing or of the wrong type", fix=fix)
    entry = Entry(**table)
    name = f"exception {number} ({entry.gate} {entry.rule} {entry.file})"
    for scope in (entry.gate, entry.rule, entry.file, entry.resource):
        if _WIDE.search(scope):
            raise UsageError(f"{name} is too wide: {scope!r} is a pattern", fix="name one rule, one file, one resource")
    if not entry.gate or not entry.rule or not entry.file or entry.file.endswith("/"):
        raise UsageError(f"{name} is too wide: gate, rule and file name one each", fix=fix)
    if len(entry.reason.split()) < 2 or len(entry.reason) < _SHORTEST_REASON or not entry.owner.strip():  # noqa: PLR2004 - one word is no reason
        raise UsageError(f"{name} has no reason or no owner", fix=fix)
    if entry.justification not in _JUSTIFICATIONS:
        raise UsageError(f"{name} is justified by {entry.justification!r}, which is no word of CycloneDX", fix=fix)
    if entry.added > today:
        raise UsageError(f"{name} was added on {entry.added}, which is not yet", fix=fix)
    if not entry.added <= entry.expires <= entry.added + LONGEST:
        raise UsageError(f"{name} lasts longer than {LONGEST.days} days, or ends before it begins", fix=fix)
    if entry.expires < today:
        raise UsageError(f"{name} expired on {entry.expires}", fix="correct the cause, or decide again with a new date and reason")
    return entry
