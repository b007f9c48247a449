"""The gates: what each tool examined, by how many rules, what it found, what is excepted and what could not be judged."""

from __future__ import annotations

from typing import Any

from pipeline.page import chart, icons, parts, quantity
from pipeline.page.figure import table
from pipeline.page.markup import Markup, tag
from pipeline.report import gates, lenient
from pipeline.report.files import Evidence

_MOST = 60


def section(title: str, found: Evidence) -> Markup:
    """A row for each tool, and every open finding in full."""
    told = gates.reports(found)
    if not told:
        return parts.section(title, tag("p", "No gate left a report: nox -s lint", class_="empty"))
    most = max([lenient.length(report, "examined") for each in told.values() for report in lenient.rows(each, "reports")], default=0)
    rows = [row for gate, each in told.items() for row in _rows(gate, each, most)]
    headings = ["gate", "tool", "version", "examined", "drawn", "rules", "found", "verdict"]
    drawn = parts.scroll(table(headings, rows), f"{title}: table")
    excepted = sum(lenient.length(each, "excepted") for each in told.values())
    says = (
        f"{len(rows)} tools. Every file that a tool has to see is counted, with a floor under each count. {excepted} findings are excepted "
        f"in policies/exceptions.toml, each with owner, reason and end."
    )
    return parts.section(title, tag("p", says, class_="says"), findings(found), parts.card(tag("div", drawn, class_="dense"), wide=True))


def _rows(gate: str, judged: dict[str, Any], most: int) -> list[list[object]]:
    rows: list[list[object]] = []
    for each in lenient.rows(judged, "reports"):
        examined, rules = lenient.length(each, "examined"), lenient.number(each, "rules")
        rows.append(
            [
                gate,
                lenient.text(each, "tool"),
                tag("code", lenient.text(each, "version")),
                tag("span", quantity.number(examined), class_="figure"),
                chart.bar(examined, most or 1),
                "\N{EN DASH}" if rules is None else quantity.number(rules),
                quantity.number(lenient.length(each, "findings")),
                _state(judged, each),
            ]
        )
    return rows


def _state(judged: dict[str, Any], each: dict[str, Any]) -> Markup:
    found = {_key(finding) for finding in lenient.rows(each, "findings")}
    open_ = [finding for finding in lenient.rows(judged, "findings") if _key(finding) in found]
    if lenient.length(each, "errors"):
        return icons.state("bad", f"{lenient.length(each, 'errors')} errors")
    if open_:
        return icons.state("bad", f"{len(open_)} open")
    if lenient.length(each, "unverified"):
        return icons.state("unknown", "not verified")
    return icons.state("ok", "all excepted" if found else "nothing found")


def _key(finding: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(finding.get(name)) for name in ("file", "line", "rule", "message", "resource"))


def findings(found: Evidence) -> Markup | None:
    """Every open finding: where, what, and what to do."""
    told = gates.open_findings(found)
    if not told:
        return None
    rows: list[list[object]] = [
        [
            gate,
            tag("code", gates.place(each)),
            f"{each.get('rule', '')}",
            *(tag("span", each.get(name, ""), class_="words") for name in ("message", "fix")),
        ]
        for gate, each in told[:_MOST]
    ]
    more = f" The first {_MOST} are shown." if len(told) > _MOST else ""
    drawn = parts.scroll(table(["gate", "where", "rule", "what", "what to do"], rows), "Open findings")
    return parts.card(tag("h3", f"{len(told)} open findings"), tag("p", more, class_="says") if more else None, drawn, wide=True)
