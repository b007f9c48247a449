"""Charts as inline SVG: as wide as their place on the page, their letters of one size however wide that is.

The drawing is stretched, the letters are not: they stand beside it at places given in percent. Colours come from the page's style sheet by
class, so a chart is light or dark with its page. Every chart has a table of the same numbers behind it (see `figure`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.page import quantity, scale, shapes
from pipeline.page.markup import Markup, tag

_TOP, _BOTTOM, _TONES, LEVELS = 18, 22, 6, 8
_BRIEF_SECONDS = 300  # minutes alone would repeat themselves
_EDGE_LEFT, _EDGE_RIGHT, _NAME_ROOM, _TICK_ROOM = 5.0, 95.0, 16.0, 12.0


@dataclass(frozen=True)
class Series:
    """One line, layer or row: its name, a value or None for each moment, and its class, by default one for its place in the list."""

    name: str
    values: tuple[float | None, ...]
    tone: str = ""


@dataclass(frozen=True)
class Mark:
    """Something that happened at a moment."""

    when: float
    name: str


@dataclass(frozen=True)
class Data:
    """What one chart shows: moments in Unix time, series of as many values, a unit, limits to be kept, and what happened."""

    times: tuple[float, ...]
    series: tuple[Series, ...]
    unit: str
    limits: tuple[tuple[str, float], ...] = ()
    marks: tuple[Mark, ...] = ()
    height: int = 150
    least_top: float = 0.0
    """The axis reaches at least this far: a small wobble shall not look like a storm."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to be drawn."""
        return not any(shapes.runs(series.values) for series in self.series)


def tone(series: Series, index: int) -> str:
    """The class that gives a series its colour."""
    return series.tone or f"s{index % _TONES + 1}"


def lines(data: Data, label: str, *, stepped: bool = False) -> Markup:
    """A line for each series."""
    draw = shapes.steps if stepped else shapes.line
    marks = scale.ticks(max(_top([series.values for series in data.series], data), data.least_top), binary=data.unit == "bytes")
    paths = [
        tag("path", class_=f"line {tone(series, index)}", d=draw(series.values, marks[-1], data.height))
        for index, series in enumerate(data.series)
    ]
    return _frame(data, label, marks, paths)


def stacked(data: Data, label: str) -> Markup:
    """A layer for each series, on top of each other: the upper edge is their sum."""
    layers = shapes.stack([series.values for series in data.series])
    marks = scale.ticks(max(_top([upper for _, upper in layers], data), data.least_top), binary=data.unit == "bytes")
    paths = [
        tag("path", class_=f"layer {tone(series, index)}", d=shapes.area(*layers[index], marks[-1], data.height))
        for index, series in enumerate(data.series)
    ]
    return _frame(data, label, marks, paths)


def heat(data: Data, label: str) -> Markup:
    """A row for each series, the first at the bottom, and a cell for each moment: the darker, the more. Zero is left blank."""
    count, rows = len(data.times), max(len(data.series), 1)
    most, step = scale.highest(value for series in data.series for value in series.values), data.height / rows
    cells = [
        tag("rect", class_=f"h{level}", x=_short(column * shapes.WIDTH / count), width=_short(shapes.WIDTH / count),
            y=_short(data.height - (row + 1) * step), height=_short(step))
        for row, series in enumerate(data.series)
        for column, value in enumerate(series.values)
        if (level := heat_level(value, most))
    ]  # fmt: skip
    names = [
        tag("text", series.name, class_="tick", x=0, y=_short(_TOP + data.height - row * step - step / 2 + 4))
        for row, series in enumerate(data.series)
    ]
    return _svg(data, label, [_drawing(data, cells), *_gaps(data, cells=True), *names, *_moments(data), *_marks(data)])


def heat_level(value: float | None, most: float) -> int:
    """How dark a cell is, from 1 to `LEVELS`, 0 for nothing. The root lets the rare and slow be seen beside the many and fast."""
    known = scale.finite(value)
    if known is None or known <= 0 or most <= 0:
        return 0
    return min(max(math.ceil(math.sqrt(min(known / most, 1.0)) * LEVELS), 1), LEVELS)


def spark(values: shapes.Values, css: str = "s1") -> Markup:
    """A line of the size of a word, for the shape alone: the number stands beside it."""
    height, most = 28, scale.highest(values)
    path = tag("path", class_=f"line {css}", d=shapes.line(values, most * 1.05 or 1.0, height))
    drawing = tag(
        "svg", path, viewBox=f"0 0 {shapes.WIDTH:g} {height}", preserveAspectRatio="none", width="100%", height=height, overflow="visible"
    )
    return tag("svg", drawing, class_="spark", height=height, aria_hidden="true", focusable="false")


def bar(value: float | None, most: float, limit: float | None = None, css: str = "s1") -> Markup:
    """A bar for one value, with a stroke at a limit. For a missing value the bar is hatched."""
    known = scale.finite(value)
    fill = tag("rect", class_="gap", width="100%", height=10) if known is None else tag(
        "rect", class_=f"fill {css}", width=_percent(scale.place(known, most, 100)), height=10
    )  # fmt: skip
    stroke = (
        None
        if limit is None
        else tag(
            "line", class_="limit", x1=_percent(scale.place(limit, most, 100)), x2=_percent(scale.place(limit, most, 100)), y1=0, y2=10
        )
    )
    return tag(
        "svg",
        None if known is None else tag("rect", class_="track", width="100%", height=10),
        fill,
        stroke,
        class_="bar",
        height=10,
        aria_hidden="true",
    )


def _top(several: Sequence[shapes.Values], data: Data) -> float:
    """What the axis must reach: every value, and a limit that is not far above them."""
    most = scale.highest(value for values in several for value in values)
    return max([most, *(value for _, value in data.limits if value <= 3 * most or most == 0)])


def _frame(data: Data, label: str, ticks: list[float], paths: list[Markup]) -> Markup:
    grid = [_level(value, ticks[-1], data, "base" if value == 0 else "grid") for value in ticks]
    names = [
        tag(
            "text",
            quantity.show(value, data.unit),
            class_="tick",
            x=0,
            y=_short(_TOP + data.height - scale.place(value, ticks[-1], data.height) - 4),
        )
        for value in ticks[1:]
    ]
    limits = [each for name, value in data.limits if value <= ticks[-1] for each in _limit(name, value, ticks[-1], data)]
    return _svg(data, label, [*grid, *_gaps(data), _drawing(data, paths), *_marks(data), *limits, *names, *_moments(data)])


def _drawing(data: Data, shapes_: list[Markup]) -> Markup:
    return tag("svg", shapes_, x=0, y=_TOP, width="100%", height=data.height, viewBox=f"0 0 {shapes.WIDTH:g} {data.height}",
               preserveAspectRatio="none", overflow="visible")  # fmt: skip


def _svg(data: Data, label: str, parts: list[Markup]) -> Markup:
    return tag("svg", tag("title", label), parts, class_="plot", height=_TOP + data.height + _BOTTOM, role="img", aria_label=label)


def _level(value: float, top: float, data: Data, css: str) -> Markup:
    y = _short(_TOP + data.height - scale.place(value, top, data.height))
    return tag("line", class_=css, x1=0, x2="100%", y1=y, y2=y)


def _limit(name: str, value: float, top: float, data: Data) -> list[Markup]:
    y = _TOP + data.height - scale.place(value, top, data.height)
    beside = y - 5 if y > 2 * _TOP else y + 14  # above the line is where the names of marks are
    return [_level(value, top, data, "limit"), tag("text", name, class_="limit-name", x="100%", y=_short(beside), text_anchor="end")]


def _gaps(data: Data, *, cells: bool = False) -> list[Markup]:
    """Hatch the time of which nothing is known."""
    count = len(data.times)
    drawn = []
    for first, last in shapes.gaps([series.values for series in data.series], count):
        ends = (first, last + 1, count) if cells else (first - 0.5, last + 0.5, max(count - 1, 1))
        left, right = scale.place(ends[0], ends[2], 100), scale.place(ends[1], ends[2], 100)
        drawn.append(tag("rect", class_="gap", x=_percent(left), width=_percent(right - left), y=_TOP, height=data.height))
    return drawn


def _moments(data: Data) -> list[Markup]:
    if not data.times:
        return []
    y, brief = _TOP + data.height + 16, data.times[-1] - data.times[0] < _BRIEF_SECONDS
    return [
        tag(
            "text",
            quantity.moment(when)[11:19] if brief else quantity.clock(when),
            class_="tick",
            x=_percent(where),
            y=y,
            text_anchor=_anchor(where),
        )
        for when in scale.moments(data.times[0], data.times[-1])
        for where in [_where(when, data)]
    ]


def _marks(data: Data) -> list[Markup]:
    """An upright line at each; a name that would stand in the one before is left out, the table has it."""
    drawn: list[Markup] = []
    named = _TICK_ROOM - _NAME_ROOM  # the axis has its name there
    for mark in data.marks:
        where = _where(mark.when, data)
        drawn.append(tag("line", class_="mark", x1=_percent(where), x2=_percent(where), y1=_TOP - 6, y2=_TOP + data.height))
        if where - named >= _NAME_ROOM:
            drawn.append(tag("text", mark.name, class_="mark-name", x=_percent(where), y=_TOP - 8, text_anchor=_anchor(where)))
            named = where
    return drawn


def _where(when: float, data: Data) -> float:
    return scale.place(when - data.times[0], (data.times[-1] - data.times[0]) or 1.0, 100)


def _anchor(where: float) -> str:
    return "start" if where < _EDGE_LEFT else "end" if where > _EDGE_RIGHT else "middle"


def _percent(value: float) -> str:
    return f"{_short(value)}%"


def _short(value: float) -> str:
    return f"{round(value, 2):g}"
