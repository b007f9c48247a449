"""What is different from the run before: verdicts, times, packages, findings and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pipeline.report import gates, lenient
from pipeline.report.files import PACKAGES, Evidence
from pipeline.report.graph import Graph
from pipeline.report.timing import Timing

# Smaller changes are the machine's mood.
_SECONDS, _SHARE = 3.0, 0.2
_NOT_FIGURES = {"proven", "started", "series"}


@dataclass(frozen=True)
class Facts:
    """What of a run is compared: verdicts and seconds by stage, open findings, package versions, and every plain number by its name."""

    tag: str
    began: float
    seconds: float
    verdicts: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One difference: of what kind, of what, what it was and what it is; empty where there was or is nothing."""

    kind: str
    what: str
    before: str
    now: str


def facts(found: Evidence, timing: Timing, graph: Graph) -> Facts:
    """Take from the evidence what is compared."""
    mine = [each for each in found.records if each.stage in graph.whole]
    return Facts(
        tag=found.tag,
        began=timing.began,
        seconds=round(timing.seconds, 1),
        verdicts={each.stage: each.verdict for each in mine},
        times={each.stage: each.seconds for each in mine},
        findings=tuple(sorted(_findings(found))),
        packages={lenient.text(each, "name"): lenient.text(each, "version") for each in libraries(found)},
        figures={f"{each.stage}: {name.replace('_', ' ')}": value for each in mine for name, value in _numbers(each.figures)},
    )


def libraries(found: Evidence) -> list[dict[str, Any]]:
    """The packages of the image; its files and its operating system are none."""
    return [each for each in lenient.rows(found.documents.get(PACKAGES), "components") if each.get("type") == "library"]


def stored(table: Any) -> Facts | None:  # noqa: ANN401 - any JSON value may lie there
    """Facts that an earlier report kept; None for anything else."""
    if not isinstance(table, dict) or lenient.number(table, "began") is None:
        return None
    verdicts, packages = (
        {key: value for key, value in lenient.table(table, name).items() if isinstance(value, str)} for name in ("verdicts", "packages")
    )
    times, figures = (
        {key: known for key in lenient.table(table, name) if (known := lenient.number(table, name, key)) is not None}
        for name in ("times", "figures")
    )
    began, seconds = lenient.number(table, "began") or 0.0, lenient.number(table, "seconds") or 0.0
    return Facts(lenient.text(table, "tag"), began, seconds, verdicts, times, tuple(lenient.texts(table, "findings")), packages, figures)


def kept(told: Facts) -> dict[str, Any]:
    """Facts as they are kept for the next report."""
    return asdict(told)


def changes(before: Facts, now: Facts) -> list[Change]:
    """All differences, the important kinds first."""
    names = sorted({*before.verdicts, *now.verdicts}, key=lambda name: (name not in now.verdicts, name))
    found = [
        Change("verdict", name, before.verdicts.get(name, ""), now.verdicts.get(name, ""))
        for name in names
        if before.verdicts.get(name) != now.verdicts.get(name)
    ]
    earlier, later = set(before.findings), set(now.findings)
    found += [Change("finding", each, "", "new") for each in now.findings if each not in earlier]
    found += [Change("finding", each, "open", "gone") for each in before.findings if each not in later]
    for name in sorted({*before.packages, *now.packages}) if before.packages and now.packages else ():
        if before.packages.get(name) != now.packages.get(name):
            found.append(Change("package", name, before.packages.get(name, ""), now.packages.get(name, "")))
    both = [name for name in now.times if name in before.times and notable(before.times[name], now.times[name])]
    found += [Change("time", name, f"{before.times[name]:.1f} s", f"{now.times[name]:.1f} s") for name in both]
    return found + [
        Change("figure", name, f"{before.figures[name]:g}", f"{value:g}")
        for name, value in now.figures.items()
        if name in before.figures and before.figures[name] != value
    ]


def notable(before: float, now: float) -> bool:
    """Whether two times of one stage are worth a line."""
    return abs(now - before) > _SECONDS and abs(now - before) > _SHARE * max(before, now)


def _findings(found: Evidence) -> list[str]:
    rows = ((gate, each) for gate, document in gates.reports(found).items() for each in lenient.rows(document, "findings"))
    return [f"{gate}: {each.get('file', '')}: {each.get('rule', '')}: {each.get('message', '')}"[:200] for gate, each in rows]


def _numbers(figures: Mapping[str, Any]) -> list[tuple[str, float]]:
    known = ((name, lenient.number(figures, name)) for name in figures if name not in _NOT_FIGURES)
    return [(name, value) for name, value in known if value is not None]
