"""What a check reports. It does not decide: `verdict` does, with the same rules for every tool."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

Severity = Literal["unknown", "info", "low", "medium", "high", "critical"]


@dataclass(frozen=True, order=True)
class Finding:
    """One violation of one rule at one place. Any severity is red; it is kept for the reader."""

    file: str
    """Path of the file, relative to the folder that was judged."""
    line: int
    """Line, from 1; 0 when the finding is about the file as a whole."""
    rule: str
    message: str
    severity: Severity = "unknown"
    fix: str = ""
    """What to do about it: a sentence or an address."""
    resource: str = ""
    """The object inside the file, where there is one: `Deployment/hash`, or `PACKAGE@VERSION`."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        named = f" [{self.resource}]" if self.resource else ""
        return f"{place} {self.rule}{named} {self.message}" + (f" -> {self.fix}" if self.fix else "")


@dataclass(frozen=True)
class Report:
    """What one tool examined and found."""

    tool: str
    version: str
    examined: tuple[str, ...]
    """Relative paths of the files that the tool really read."""
    rules: int | None = None
    """How many rules it applied; None when the tool does not tell."""
    findings: tuple[Finding, ...] = ()
    errors: tuple[str, ...] = ()
    """Whatever kept the tool from judging: unparsed files, a crash, output that makes no sense."""
    unverified: tuple[str, ...] = ()
    """What could not be checked on this machine, in words. Not red by itself unless the run is strict."""
    reused: bool = field(default=False, compare=False)
    """Whether the tool gave this answer before, for the very same files, rules and tools."""

    def relative_to(self, root: Path) -> Report:
        """The same report with paths below `root` made relative to it."""

        def relative(path: str) -> str:
            return Path(path).relative_to(root).as_posix() if Path(path).is_relative_to(root) else path

        return replace(
            self,
            examined=tuple(sorted({relative(path) for path in self.examined})),
            findings=tuple(sorted({replace(each, file=relative(each.file)) for each in self.findings})),
            errors=tuple(error.replace(f"{root}/", "") for error in self.errors),
        )


def load(table: dict[str, Any]) -> Report:
    """Turn `dataclasses.asdict(report)`, as JSON gives it back, into a report. Raises `TypeError` or `KeyError` for anything else."""
    findings = tuple(Finding(**each) for each in table["findings"])
    lists: dict[str, Any] = {name: tuple(table[name]) for name in ("examined", "errors", "unverified")}
    return Report(table["tool"], table["version"], rules=table["rules"], findings=findings, **lists)


def severity(word: object) -> Severity:
    """Return a tool's word for a severity in ours."""
    known: dict[str, Severity] = {
        "critical": "critical",
        "high": "high",
        "error": "high",
        "medium": "medium",
        "warning": "medium",
        "low": "low",
        "note": "low",
        "style": "info",
        "info": "info",
        "informational": "info",
    }
    return known.get(str(word).lower(), "unknown")


def failed(tool: str, error: str) -> Report:
    """The report of a tool that could not do its work."""
    return Report(tool, "", (), errors=(f"{tool}: {error}",))
