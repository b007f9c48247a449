"""The one place that turns reports into a verdict. It is green only when there is nothing, anywhere, to be said against it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pipeline.gates.ledger import Entry
from pipeline.gates.report import Finding, Report

# A floor that far below what there is would not notice a loss; the tree has room to grow before it must be raised.
_STALE, _ROOM = 1.3, 3


@dataclass(frozen=True)
class Floor:
    """The least that a tool must have examined, and the least number of rules that it must have applied."""

    examined: int
    rules: int = 0
    grows: bool = False
    """It grows by itself, as a history does, and so says nothing about a loss."""


@dataclass(frozen=True)
class Verdict:
    """The verdict on one gate."""

    gate: str
    reports: tuple[Report, ...]
    findings: tuple[Finding, ...]
    """Findings that no exception covers."""
    excepted: tuple[tuple[Finding, Entry], ...]
    errors: tuple[str, ...]
    """Errors of the tools, broken floors, unused exceptions, and in a strict run whatever is unverified."""
    unverified: tuple[str, ...]

    @property
    def green(self) -> bool:
        """Whether the gate lets the change through."""
        return not self.findings and not self.errors

    @property
    def exit_code(self) -> int:
        """0: green. 1: findings. 2: errors, which outweigh findings: then nobody knows what else there is."""
        return 2 if self.errors else int(bool(self.findings))

    @property
    def examined(self) -> int:
        """How many different files were examined."""
        return len({path for report in self.reports for path in report.examined})

    @property
    def rules(self) -> int:
        """How many rules were applied by those tools that tell."""
        return sum(report.rules or 0 for report in self.reports)


def judge(
    gate: str,
    reports: Sequence[Report],
    *,
    floors: Mapping[str, Floor] | None,
    ledger: Collection[Entry] = (),
    strict: bool = False,
) -> Verdict:
    """Judge what a gate's tools reported.

    `floors` holds a floor per tool; a tool without one is an error, and so is a floor whose tool is silent. None, for other people's
    folders, asks only that each tool examined something. `ledger` holds this gate's exceptions; `strict` makes the unverified an error.
    """
    errors = [error for report in reports for error in report.errors]
    for report in reports:
        errors += _below(gate, report, floors)
    if not reports:
        errors.append(f"{gate}: no tool ran")
    if floors is not None:
        silent = sorted(set(floors) - {report.tool for report in reports})
        errors += [f"{gate}: {tool} has a floor in policies/floors.toml and did not run" for tool in silent]
    findings = sorted({finding for report in reports for finding in report.findings})
    excepted = [(finding, entry) for finding in findings for entry in ledger if entry.covers(finding)]
    covered = {finding for finding, _ in excepted}
    used = {entry for _, entry in excepted}
    errors += [
        f"{gate}: exception for {entry.rule} in {entry.file} matches nothing any more, remove it" for entry in ledger if entry not in used
    ]
    unverified = [text for report in reports for text in report.unverified]
    if strict:
        errors += [f"{gate}: unverified: {text}" for text in unverified]
    open_findings = tuple(finding for finding in findings if finding not in covered)
    return Verdict(gate, tuple(reports), open_findings, tuple(excepted), tuple(errors), tuple(unverified))


def _below(gate: str, report: Report, floors: Mapping[str, Floor] | None) -> list[str]:
    if floors is None:
        return [] if report.examined or report.errors else [f"{gate}: {report.tool} examined nothing"]
    floor = floors.get(report.tool)
    if floor is None:
        return [f"{gate}: {report.tool} has no floor in policies/floors.toml"]
    errors = []
    for what, there, least in (("files", len(report.examined), floor.examined), ("rules", report.rules or 0, floor.rules)):
        if least and there > _STALE * least + _ROOM and not floor.grows:
            errors.append(f"{gate}: {report.tool} has {there} {what} and a floor of {least}, which would miss a loss: raise the floor")
    if len(report.examined) < floor.examined:
        errors.append(f"{gate}: {report.tool} examined {len(report.examined)} files, the floor is {floor.examined}")
    if floor.rules and (report.rules or 0) < floor.rules:
        errors.append(f"{gate}: {report.tool} applied {report.rules or 0} rules, the floor is {floor.rules}")
    return errors
