"""Is this commit released and good? One sentence, the cause in one line and what to type next, from the records alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.evidence import Record
from pipeline.report import gates, lenient
from pipeline.report.files import Evidence
from pipeline.report.graph import Graph

Level = Literal["ok", "warn", "bad", "unknown"]
_DIRTY = "-dirty"


@dataclass(frozen=True)
class Verdict:
    """How the run ended: a level, a sentence, the cause and the fix when it is not good, and what else is worth knowing."""

    level: Level
    sentence: str
    cause: str = ""
    fix: str = ""
    notes: tuple[str, ...] = ()


def judge(found: Evidence, graph: Graph) -> Verdict:
    """The first stage that did not pass decides; after that, what is missing; after that, the state of the tree."""
    mine = [each for each in found.records if each.stage in graph.whole]
    bad = [each for each in mine if each.verdict != "passed"]
    missing = [name for name in graph.whole if name not in {each.stage for each in mine}]
    notes = tuple(_notes(found, graph))
    total = f"{len(graph.whole)} stages"
    if bad:
        cause, fix = _reason(bad[0], found)
        also = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        return Verdict("bad", f"Not released: {bad[0].stage}{also} {_ended(bad)}", cause, fix, (*_not_reached(missing), *notes))
    if missing:
        sentence = f"Incomplete: {len(missing)} of {total} left no record"
        return Verdict("unknown", sentence, f"not run: {', '.join(missing)}", "./run", notes)
    if found.tag.endswith(_DIRTY):
        return Verdict("warn", f"All {total} passed, for a tree that differs from its commit", "", "git commit, then ./run", notes)
    others = [each for each in found.records if each.stage not in graph.whole and each.verdict != "passed"]
    if others:
        cause, fix = split(others[0])
        return Verdict("warn", f"Released: all {total} passed; on request, {others[0].stage} {_ended(others[:1])}", cause, fix, notes)
    return Verdict("ok", f"Released: all {total} passed", notes=notes)


def split(record: Record) -> tuple[str, str]:
    """The cause and the fix in a stage's error line, which has the stage before them and an arrow between them."""
    cause, _, fix = record.error.removeprefix(f"{record.stage}: ").rpartition(" -> ")
    return (cause, fix) if cause else (fix or "it left no reason", f"nox -s {record.stage}")


def _reason(record: Record, found: Evidence) -> tuple[str, str]:
    """Cause and fix; where a gate found something, the first finding and its own fix."""
    cause, fix = split(record)
    opened = gates.of_stage(found, record.stage)
    if record.verdict != "failed" or not opened:
        return cause, fix
    first = opened[0]
    where = f"{gates.place(first)}: " if gates.place(first) else ""
    what = lenient.text(first, "fix")
    # Some tools only name the page that explains their rule.
    return (
        f"{cause}: {where}{first.get('message', '')}",
        what if what and "://" not in what else f"correct the {len(opened)} open findings below",
    )


def unverified(found: Evidence) -> list[tuple[str, str]]:
    """What could not be verified: stage and fact; damaged files among them."""
    told = [(each.stage, fact) for each in found.records for fact in lenient.texts(each.figures, "not_verified")]
    return told + [("evidence", problem) for problem in found.problems]


def _ended(records: list[Record]) -> str:
    return "was interrupted" if all(each.verdict == "interrupted" for each in records) else "failed"


def _not_reached(missing: list[str]) -> tuple[str, ...]:
    return (f"{len(missing)} stages were not reached: {', '.join(missing)}",) if missing else ()


def _notes(found: Evidence, graph: Graph) -> list[str]:
    notes = []
    if open_ := unverified(found):
        notes.append(f"{len(open_)} {'thing' if len(open_) == 1 else 'things'} could not be verified, see below")
    asked = [each for each in found.records if each.stage not in graph.whole and each.verdict == "failed"]
    if asked and any(each.verdict != "passed" and each.stage in graph.whole for each in found.records):
        notes.append(f"on request, {', '.join(each.stage for each in asked)} failed, too")
    return notes
