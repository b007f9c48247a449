"""The page: verdict first, then the figures of this moment, then what explains them."""

from __future__ import annotations

from pipeline.dashboard import sections, snapshot, tiles
from pipeline.dashboard.objective import AVAILABILITY
from pipeline.dashboard.panels import Panel
from pipeline.dashboard.snapshot import Snapshot
from pipeline.dashboard.verdict import Verdict
from pipeline.page import chart, document, parts, quantity
from pipeline.page.chart import Data
from pipeline.page.figure import Caption, figure
from pipeline.page.markup import Markup, tag

_GROUPS = {
    "Requests": ("traffic", "latency", "heat", "errors", "commits"),
    "Objective": ("budget", "burn"),
    "Instances": ("replicas", "cpu", "memory"),
}
_TITLES = ("Alerts", *_GROUPS, "Releases", "Targets")


def page(project: str, seen: Snapshot, verdict: Verdict) -> str:
    """Return the whole document."""
    charts = [_group(title, keys, seen) for title, keys in _GROUPS.items()]
    body = [
        parts.top(project, "service status", _TITLES),
        tag(
            "main",
            _verdict(seen, verdict),
            tiles.tiles(seen),
            sections.alerts(seen),
            charts,
            sections.releases(seen),
            sections.targets(seen),
        ),
        _foot(seen),
    ]
    return document.document(f"{verdict.sentence} - {project}", *body)


def drawing(panel: Panel, data: Data) -> Markup:
    """Draw one panel, with a name for those who cannot see it."""
    newest = ", ".join(f"{each.name} {quantity.show(each.values[-1], data.unit)}" for each in data.series[:4])
    label = f"{panel.title}: chart from {quantity.clock(data.times[0])} to {quantity.clock(data.times[-1])} UTC; newest {newest}"
    if panel.kind == "heat":
        return chart.heat(data, label.partition("; newest")[0])
    if panel.kind == "stacked":
        return chart.stacked(data, label)
    return chart.lines(data, label, stepped=panel.kind == "steps")


def _verdict(seen: Snapshot, verdict: Verdict) -> Markup:
    reasons = tag("ul", [tag("li", reason) for reason in verdict.reasons]) if verdict.reasons else None
    span = quantity.seconds(seen.grid.end - seen.grid.start)
    asof = f"As of {quantity.moment(seen.taken)}; charts show the last {span}. The page does not refresh itself."
    return parts.verdict(verdict.level, verdict.sentence, _summary(seen), reasons, tag("p", asof, class_="asof"))


def _summary(seen: Snapshot) -> Markup:
    """The verdict's figures in a sentence. What is missing is said to be."""
    rate, errors, slow, left = seen.total("traffic"), seen.last("errors"), seen.last("latency", "p99"), seen.last("budget")
    promise = f"({quantity.show(AVAILABILITY.share, 'ratio')} over {AVAILABILITY.days} days)"
    told = [quantity.show(rate, "per second"), quantity.show(errors, "ratio"), quantity.show(slow, "seconds"), quantity.show(left, "ratio")]
    if quantity.MISSING in told:
        return tag("p", "Requests: {}. Failing: {}. 99 of 100 answered within: {}. Error budget left: {}.".format(*told))
    return tag(
        "p",
        f"{told[0].removesuffix('/s')} requests per second, {told[1]} of them failing; 99 of 100 are answered within {told[2]}. "
        f"{told[3]} of the error budget {promise} is left.",
    )


def _group(title: str, keys: tuple[str, ...], seen: Snapshot) -> Markup:
    figures = [_figure(*seen.charts[key], seen) for key in keys]
    extra = [sections.burn(seen)] if title == "Objective" else []
    css = "grid three" if len(figures) == 3 else "grid"  # noqa: PLR2004 - three in a row, two in two
    return parts.section(title, tag("div", figures, extra, class_=css))


def _figure(panel: Panel, data: Data, seen: Snapshot) -> Markup:
    asked = tuple(query.over(snapshot.window_of(seen.grid)) for query in panel.queries)
    caption = Caption(panel.key, panel.title, panel.says, asked, cells=panel.kind == "heat", wide=panel.wide)
    return figure(caption, drawing(panel, data), data)


def _foot(seen: Snapshot) -> Markup:
    silent = [tag("li", tag("code", query.text)) for query in seen.silent]
    told = [tag("p", f"{len(silent)} queries have no answer: what they ask for was never seen."), tag("ul", silent)] if silent else None
    hatch = "Hatched: nothing is known for that time. A dotted upright line: a release began to answer."
    return tag("footer", tag("p", hatch), told, tag("p", "Made by nox -s dashboard; the same panels for Grafana are in docs/grafana.json."))
