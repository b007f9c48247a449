"""Turns facts into one verdict per control: PASS, WARN where a triage covers exactly what was found, FAIL for everything else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.harden.checks import Control
from pipeline.harden.facts import Facts
from pipeline.harden.triage import Entry

Verdict = Literal["PASS", "WARN", "FAIL"]


@dataclass(frozen=True)
class Result:
    """What became of one control: what was found and, when that is not a pass, what to do or why it may stay."""

    id: str
    title: str
    verdict: Verdict
    found: str
    note: str = ""


def judge(controls: Iterable[Control], facts: Facts, entries: Mapping[str, Entry], today: dt.date) -> tuple[Result, ...]:
    """Judge every control, and every entry of the triage: one that no control needs is as red as one that is missing."""
    results = [_one(control, facts, entries.get(control.id), today) for control in controls]
    known = {result.id for result in results}
    strays = [Result(id_, "triage of no control", "FAIL", "there is no such control", "remove it") for id_ in entries if id_ not in known]
    return (*results, *strays)


def _one(control: Control, facts: Facts, entry: Entry | None, today: dt.date) -> Result:
    ok, found = control.check(facts)
    if entry is None:
        return Result(control.id, control.title, "PASS" if ok else "FAIL", found, "" if ok else control.fix)
    if ok:
        return Result(control.id, control.title, "FAIL", found, "its triage is not needed any more: remove it from cluster/triage.toml")
    if stale := entry.stale(today):
        return Result(control.id, control.title, "FAIL", found, f"its triage {stale}: correct the cause, or decide again")
    if found != entry.found:
        return Result(control.id, control.title, "FAIL", found, f"its triage is about {entry.found!r}: decide again")
    return Result(control.id, control.title, "WARN", found, entry.reason)
