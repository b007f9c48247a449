"""When the stages of one run ran, what they waited for, what was reused, and the chain of stages that took the whole time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.evidence import Record
from pipeline.report import critical, lenient
from pipeline.report.graph import Graph

_SILENCE_SECONDS = 90.0  # records of one run that do not say so are told from those of another by a longer silence


@dataclass(frozen=True)
class Bar:
    """One stage in time: seconds since the run began, why it was short if something was reused, and whether it is on the critical path."""

    record: Record
    begin: float
    end: float
    reused: str = ""
    critical: bool = False


@dataclass(frozen=True)
class Timing:
    """One run: its bars in the order they began, the pairs (before, after) that one had to wait for the other, and the whole time."""

    bars: tuple[Bar, ...] = ()
    waits: tuple[tuple[str, str], ...] = ()
    critical: tuple[str, ...] = ()
    began: float = 0.0
    seconds: float = 0.0


def of(records: Sequence[Record], graph: Graph) -> Timing:
    """Draw up the newest run among a commit's records; stages that are no part of a whole run are left out."""
    mine = newest([each for each in records if each.stage in graph.whole])
    if not mine:
        return Timing()
    began = min(each.began or each.started for each in mine)
    began = min(began, mine[0].started)
    path = tuple(each.stage for each in critical.path(mine, graph.requires))
    bars = tuple(
        Bar(each, each.started - began, each.started + each.seconds - began, reused(each), critical=each.stage in path) for each in mine
    )
    names = {each.stage for each in mine}
    waits = tuple((before, each.stage) for each in mine for before in graph.nodes[each.stage].requires if before in names)
    return Timing(bars, waits, path, began, max(bar.end for bar in bars))


def newest(records: Sequence[Record]) -> list[Record]:
    """The records of the newest run, in the order the stages began; one stage that was asked for alone and passed is no run."""
    found = runs(records)
    whole = [run for run in found if len(run) > 1 or run[0].verdict != "passed"]
    return (whole or found or [[]])[-1]


def runs(records: Sequence[Record]) -> list[list[Record]]:
    """The records parted by the command that each was made by, the oldest run first."""
    parted: dict[float, list[Record]] = {}
    key = ended = 0.0
    for each in sorted(records, key=lambda each: each.started):
        if not each.began and (not key or each.started - ended > _SILENCE_SECONDS):
            key = each.started
        parted.setdefault(each.began or key, []).append(each)
        ended = max(ended, each.started + each.seconds)
    return sorted(parted.values(), key=lambda run: run[0].started)


def reused(record: Record) -> str:
    """What a stage did not do again because it was unchanged, in a few words; empty when it did everything."""
    proven = lenient.number(record.figures, "proven")
    if proven is not None and 0 < proven < record.started:
        commit = lenient.text(record.figures, "proven_for")
        return f"proven for {commit[:12]}" if commit and commit != record.tag else "proven before"
    if lenient.find(record.figures, "action") == "keep":
        return "kept as it was"
    tools, kept = lenient.count(record.figures, "tools"), lenient.count(record.figures, "reused")
    if kept and kept >= tools:
        return "judged before"
    return f"{kept} of {tools} tools judged before" if kept else ""
