"""The penetration test as a map: the tactics and techniques of MITRE ATT&CK, and how many attacks of each were made and blocked."""

from __future__ import annotations

from pipeline.page import icons, parts, quantity
from pipeline.page.markup import Markup, tag
from pipeline.pentest.techniques import KNOWN, TACTICS
from pipeline.report import lenient
from pipeline.report.files import Evidence

_SOURCE = "pentest.attacks.json"


def counts(found: Evidence) -> dict[str, tuple[int, int]]:
    """By technique: attacks that were made, and attacks that were blocked and proven live."""
    told: dict[str, tuple[int, int]] = {}
    for each in lenient.rows({"list": found.documents.get(_SOURCE)}, "list"):
        name = lenient.text(each, "technique")
        made, blocked = told.get(name, (0, 0))
        told[name] = (made + 1, blocked + (lenient.text(each, "fate") == "blocked"))
    return told


def section(title: str, found: Evidence) -> Markup:
    """A column for each tactic, a field for each technique; what nobody tried is there, and empty."""
    told = counts(found)
    if not told:
        return parts.section(title, tag("p", "No attack left evidence: nox -s pentest", class_="empty"))
    tactics = dict(TACTICS)
    known = {name for names in TACTICS.values() for name in names}
    if strangers := tuple(sorted(set(told) - known)):
        tactics["Other"] = strangers
    columns = [
        tag("div", tag("h3", tactic), tag("ul", [_field(name, *told.get(name, (0, 0))) for name in names]), class_="tactic")
        for tactic, names in tactics.items()
    ]
    made, blocked = (sum(pair[index] for pair in told.values()) for index in (0, 1))
    says = (
        f"{quantity.number(made)} attacks by {len(told)} techniques, {quantity.number(blocked)} blocked, each of them seen to work where "
        f"nothing stops it. A dashed field: known to the map, not tried."
    )
    return parts.section(title, tag("p", says, class_="says"), tag("div", columns, class_="tactics"))


def _field(name: str, made: int, blocked: int) -> Markup:
    level = "none" if not made else "ok" if blocked == made else "bad"
    said = "not tried" if not made else f"{blocked} blocked" if blocked == made else f"{made - blocked} of {made} not blocked"
    state = icons.state(level, said) if made else tag("span", said)
    return tag(
        "li", tag("span", KNOWN.get(name, "unknown technique"), class_="what"), tag("code", name), state, class_=f"technique {level}"
    )
