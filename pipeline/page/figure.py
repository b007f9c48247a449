"""A chart with everything it needs to be understood: heading, one sentence, legend with the newest values, and the numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.page import chart, quantity
from pipeline.page.chart import Data
from pipeline.page.markup import Markup, tag


@dataclass(frozen=True)
class Caption:
    """What stands around a chart: its anchor, heading and sentence, and the queries behind it."""

    key: str
    title: str
    says: str
    asked: tuple[str, ...] = ()
    cells: bool = False
    """Whether a value belongs to a cell, as in a heat map, instead of to a point."""
    wide: bool = False


def figure(caption: Caption, drawing: Markup, data: Data) -> Markup:
    """A chart in its frame; where nothing is known, words instead of an empty chart."""
    head = [tag("h3", caption.title, id=caption.key), tag("p", caption.says, class_="says")]
    if data.empty:
        shown: list[object] = [tag("p", "No data. Nothing is known for this time, which does not mean zero.", class_="empty")]
    else:
        key = scale_of_heat(data) if caption.cells else legend(data)
        shown = [tag("div", drawing, class_="chart", data_kind="cells" if caption.cells else "points"), key]
    css = "wide card" if caption.wide else "card"
    return tag("figure", head, shown, details(data, caption), class_=css, aria_labelledby=caption.key)


def legend(data: Data) -> Markup:
    """Colour, name and newest value of each series."""
    return tag(
        "ul",
        [
            tag("li", swatch(chart.tone(series, index)), series.name, " ", tag("b", quantity.show(series.values[-1], data.unit)))
            for index, series in enumerate(data.series)
        ],
        class_="legend",
    )


def scale_of_heat(data: Data) -> Markup:
    """What dark and light mean."""
    most = max((value for series in data.series for value in series.values if value is not None), default=0.0)
    shades = [swatch(f"h{level}") for level in range(1, chart.LEVELS + 1)]
    return tag("p", "few ", shades, f" up to {quantity.show(most, data.unit)} in one cell", class_="legend")


def swatch(css: str) -> Markup:
    """A small square of a series' colour."""
    return tag(
        "svg", tag("rect", class_=f"fill {css}", width=10, height=10, rx=2), class_="swatch", width=10, height=10, aria_hidden="true"
    )


def details(data: Data, caption: Caption) -> Markup:
    """The numbers of a chart, newest first, and the queries they come from; closed until somebody asks."""
    rows = [
        [quantity.moment(when)[11:19], *(quantity.show(series.values[index], data.unit) for series in data.series)]
        for index, when in reversed(list(enumerate(data.times)))
    ]
    tones = ["", *(chart.tone(series, index) for index, series in enumerate(data.series))]
    queries = [tag("p", tag("code", each)) for each in caption.asked]
    numbers = table(["time (UTC)", *(series.name for series in data.series)], rows, tones=tones)
    return tag(
        "details",
        tag("summary", "Numbers and queries"),
        queries,
        tag("div", numbers, class_="scroll", tabindex=0, role="region", aria_label=f"{caption.title}: numbers"),
    )


def table(headings: Sequence[object], rows: Sequence[Sequence[object]], *, tones: Sequence[str] = (), caption: str = "") -> Markup:
    """A table whose first column names its rows."""
    tone_of = dict(enumerate(tones))
    head = tag("tr", [tag("th", name, scope="col", data_tone=tone_of.get(index) or None) for index, name in enumerate(headings)])
    body = [tag("tr", tag("th", row[0], scope="row"), [tag("td", cell) for cell in row[1:]]) for row in rows]
    return tag("table", tag("caption", caption) if caption else None, tag("thead", head), tag("tbody", body))
