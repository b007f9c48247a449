"""What the proof found: one line per alert, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.table import Table

from pipeline.monitoring.proof import arrivals
from pipeline.monitoring.proof.arrivals import Arrival
from pipeline.monitoring.proof.faults import Fault

PAGE_SECONDS, TICKET_SECONDS, RESOLVED_SECONDS = 120.0, 240.0, 360.0


@dataclass(frozen=True)
class Made:
    """A fault that was made: from when on it was there (Unix time), and when it was undone."""

    fault: Fault
    began: float
    ended: float


@dataclass(frozen=True)
class Line:
    """One alert of one fault. Seconds are None while it has not arrived."""

    alert: str
    severity: str
    fault: str
    fired: float | None
    resolved: float | None

    @property
    def limit(self) -> float:
        """Seconds within which it has to arrive."""
        return PAGE_SECONDS if self.severity == "page" else TICKET_SECONDS


def lines(made: Made, heard: Sequence[Arrival], severities: Mapping[str, str]) -> list[Line]:
    """A line for each alert of a fault."""
    found = []
    for wanted in made.fault.alerts:
        fired = arrivals.first(heard, wanted, firing=True, since=made.began)
        undone = fired if made.fault.passes and fired else made.ended
        resolved = arrivals.first(heard, wanted, firing=False, since=undone) if fired else None
        after = [None if at is None else round(at - since, 1) for at, since in ((fired, made.began), (resolved, undone))]
        found.append(Line(wanted["alertname"], severities[wanted["alertname"]], made.fault.what, *after))
    return found


def faults(found: Iterable[Line]) -> list[str]:
    """What is wrong with the lines: not arrived, too late, or never resolved."""
    wrong = []
    for each in found:
        if each.fired is None:
            wrong.append(f"{each.alert} did not arrive ({each.fault})")
        elif each.fired > each.limit:
            wrong.append(f"{each.alert} arrived after {each.fired:.0f} s, allowed are {each.limit:.0f}")
        if each.fired is not None and (each.resolved is None or each.resolved > RESOLVED_SECONDS):
            wrong.append(f"{each.alert} was not told to be over within {RESOLVED_SECONDS:.0f} s")
    return wrong


def grouping(made: Made, heard: Sequence[Arrival], severities: Mapping[str, str]) -> list[str]:
    """What is wrong with the pages of a fault: more than one, another than the one that is meant, or what should have been held back."""
    during = [each for each in heard if made.began <= each.at <= made.ended]
    wrong = [
        f"{wanted['alertname']} arrived, though it only follows ({made.fault.what})"
        for wanted in made.fault.held_back
        if any(each.firing for each in arrivals.matching(during, wanted))
    ]
    meant = {wanted["alertname"] for wanted in made.fault.alerts if severities[wanted["alertname"]] == "page"}
    if meant:
        pages = arrivals.pages(heard, made.began, made.ended)
        if len(pages) != 1 or set().union(*pages.values()) != meant:
            wrong.append(f"{len(pages)} pages for one cause ({made.fault.what}): {sorted(set().union(*pages.values()))}")
    return wrong


def silence(heard: Iterable[Arrival], since: float, until: float) -> float:
    """The longest time without the watchdog between two moments."""
    beats = sorted({since, until, *(each.at for each in heard if each.name == "Watchdog" and since <= each.at <= until)})
    return max((later - earlier for earlier, later in pairwise(beats)), default=0.0)


def table(found: Iterable[Line]) -> Table:
    """Draw one line per alert."""
    drawn = Table(pad_edge=False)
    for heading in ("alert", "severity", "cause", "fired after s", "over after s"):
        drawn.add_column(heading, justify="right" if heading.endswith(" s") else "left", overflow="fold")
    for each in found:
        drawn.add_row(each.alert, each.severity, each.fault, _told(each.fired), _told(each.resolved))
    return drawn


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
