"""What users and watchers of the service see: load, releases under load, and alerts, from what the stages measured."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from pipeline.page import chart, icons, parts, quantity
from pipeline.page.figure import table
from pipeline.page.markup import Markup, tag
from pipeline.report import lenient, timeline_view
from pipeline.report.files import Evidence

_MOST_PICTURES = 8
_ABOUT = {
    "rollout-proof.svg": "Answers per half second while it was released, rolled back, evicted and restarted; one colour per release.",
    "scale.svg": "Answers per half second while the load rises and falls; the grey line is the number of instances.",
    "soak.svg": "Memory of each instance and time to answer, over ten minutes at three times the promised rate.",
}


def load(title: str, found: Evidence, promised_ms: float) -> Markup:
    """Each rate that was asked: how many answers failed, and the time to answer against the promise."""
    figures = found.figures("load")
    steps: list[tuple[str, float | None, Any]] = [("promised rate", None, each) for each in lenient.rows(figures, "windows")]
    steps += [
        (lenient.text(each, "subject"), lenient.number(each, "rate"), lenient.find(each, "found"))
        for each in lenient.rows(figures, "steps")
    ]
    if not steps:
        return parts.section(title, tag("p", "No load was measured: nox -s load", class_="empty"))
    most = max([promised_ms, *(lenient.number(each, "p99") or 0 for _, _, each in steps)]) * 1.05
    rows = [_step(name, rate, each, most, promised_ms) for name, rate, each in steps]
    headings = ["asked", "rate", "requests", "failed", "half within", "99 of 100 within", "against the promise"]
    says = f"Promised: 99 of 100 answers within {promised_ms:g} ms at the promised rate, the stroke in the bars."
    drawn = parts.scroll(table(headings, rows), f"{title}: table")
    return parts.section(title, tag("p", says, class_="says"), parts.card(drawn, wide=True), _pictures(found, ("soak.svg", "scale.svg")))


def _step(name: str, rate: float | None, each: Any, most: float, promised_ms: float) -> list[object]:  # noqa: ANN401 - as it lies in the record
    p99 = lenient.number(each, "p99")
    return [
        "the deployed service" if name == "cluster" else name,
        quantity.show(rate or lenient.number(each, "per_second"), "per second"),
        quantity.show(lenient.number(each, "requests"), "count"),
        _failed(each),
        *(quantity.show(None if value is None else value / 1000, "seconds") for value in (lenient.number(each, "p50"), p99)),
        chart.bar(p99, most, promised_ms, "s1"),
    ]


def _failed(each: Any) -> Markup:  # noqa: ANN401
    failed = lenient.number(each, "failed")
    return icons.state("unknown", quantity.MISSING) if failed is None else icons.state("bad" if failed else "ok", f"{failed:g}")


def rollout(title: str, found: Evidence) -> Markup:
    """What was done to the service under load, and what it cost its users."""
    figures = found.figures("rollout-proof")
    effects = lenient.rows(figures, "effects")
    if not effects:
        return parts.section(title, tag("p", "No release was made under load: nox -s rollout-proof", class_="empty"))
    rows: list[list[object]] = [
        [
            lenient.text(each, "event"),
            quantity.show(lenient.number(each, "seconds"), "seconds"),
            quantity.show(lenient.number(each, "requests"), "count"),
            _failed(each),
            quantity.show((lenient.number(each, "p99") or 0) / 1000, "seconds"),
        ]
        for each in effects
    ]
    headings = ["what was done", "took", "requests meanwhile", "failed", "99 of 100 within"]
    commits = lenient.table(figures, "total", "commits")
    shares = [
        tag("li", tag("code", commit[:12]), f" {quantity.show(lenient.number(commits, commit), 'count')} answers") for commit in commits
    ]
    answered = tag("p", "Answered by release:", class_="says"), tag("ul", shares, class_="legend")
    drawn = parts.scroll(table(headings, rows), f"{title}: table")
    picture = timeline_view.draw(lenient.find(figures, "timeline")) or _pictures(found, ("rollout-proof.svg",))
    return parts.section(title, picture, parts.card(drawn, answered if shares else None, wide=True))


def _pictures(found: Evidence, names: Iterable[str]) -> list[Markup]:
    """Pictures that stages drew, in the page itself; none of them can run anything or ask for anything."""
    return [_picture(name, found.pictures[name]) for name in [name for name in names if name in found.pictures][:_MOST_PICTURES]]


def _picture(name: str, drawn: str) -> Markup:
    data = base64.b64encode(drawn.encode()).decode()
    about = _ABOUT.get(name, name.removesuffix(".svg").replace("-", " "))
    return tag(
        "figure",
        tag("img", src=f"data:image/svg+xml;base64,{data}", alt=about),
        tag("figcaption", about, class_="says"),
        class_="wide card",
    )


def alerts(title: str, found: Evidence) -> Markup:
    """What watches the service, and the alerts that were made to fire."""
    monitor, lines = found.figures("monitor"), lenient.rows(found.figures("alerts-proof"), "alerts")
    if not monitor and not lines:
        return parts.section(title, tag("p", "Nothing that watches left a record: nox -s monitor", class_="empty"))
    told = [("targets", "targets up"), ("rules", "alert and recording rules"), ("series", "series")]
    known = [(lenient.number(monitor, name), words) for name, words in told]
    said = ", ".join(f"{quantity.number(value)} {words}" for value, words in known if value is not None)
    used = lenient.table(monitor, "memory")
    memory: dict[str, float] = {name: value for name in used if (value := lenient.number(used, name)) is not None}
    most = max(memory.values(), default=1.0)
    rows: list[list[object]] = [[name, quantity.size(value * 1e6), chart.bar(value, most)] for name, value in memory.items()]
    parts_: list[object] = []
    if rows:
        parts_.append(
            parts.card(
                tag("h3", "Memory of what watches"), parts.scroll(table(["program", "uses", "drawn"], rows), "Memory of what watches")
            )
        )
    parts_.append(_arrivals(lines))
    says = tag("p", f"Prometheus sees {said}.", class_="says") if said else None
    return parts.section(title, says, tag("div", parts_, class_="grid"))


def _arrivals(lines: list[dict[str, Any]]) -> Markup:
    if not lines:
        return parts.card(
            tag("h3", "Alerts made to fire"),
            tag("p", "None in this evidence: nox -s alerts-proof makes every fault that there is an alert for.", class_="empty"),
        )
    most = max([lenient.number(each, "fired") or 0 for each in lines]) or 1
    rows: list[list[object]] = [
        [
            lenient.text(each, "alert"),
            lenient.text(each, "fault"),
            quantity.show(lenient.number(each, "fired"), "seconds"),
            chart.bar(lenient.number(each, "fired"), most, css="s2" if lenient.text(each, "severity") == "page" else "s1"),
            quantity.show(lenient.number(each, "resolved"), "seconds"),
        ]
        for each in lines
    ]
    drawn = parts.scroll(table(["alert", "fault", "arrived after", "drawn", "ended after"], rows), "Alerts made to fire: table")
    return parts.card(tag("h3", f"{len(lines)} alerts made to fire"), drawn, wide=True)
