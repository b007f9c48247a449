"""Everything that a report tells, drawn from the evidence once; each form of the report only writes it down."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.report import difference, timing, verdict
from pipeline.report.difference import Change, Facts
from pipeline.report.files import Evidence
from pipeline.report.graph import Graph
from pipeline.report.timing import Timing
from pipeline.report.verdict import Verdict


@dataclass(frozen=True)
class About:
    """What the evidence does not tell: the project, the promised time to answer, and the first line of the commit's message."""

    project: str
    promised_ms: float
    subject: str = ""


@dataclass(frozen=True)
class Report:
    """One run: its evidence, the graph, the verdict, the times, and what is different from the run before, if there was one."""

    about: About
    evidence: Evidence
    graph: Graph
    verdict: Verdict
    timing: Timing
    facts: Facts
    before: Facts | None = None
    changes: tuple[Change, ...] = ()

    @property
    def unverified(self) -> list[tuple[str, str]]:
        """What could not be verified: stage and fact."""
        return verdict.unverified(self.evidence)


def draw(evidence: Evidence, graph: Graph, about: About, before: Facts | None = None) -> Report:
    """Draw the model from the evidence."""
    times = timing.of(evidence.records, graph)
    now = difference.facts(evidence, times, graph)
    told = tuple(difference.changes(before, now)) if before else ()
    return Report(about, evidence, graph, verdict.judge(evidence, graph), times, now, before, told)
