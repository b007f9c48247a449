"""Draws the stages of a run over time: who waited for whom, what was reused, and the critical path as a thick line through them."""

from __future__ import annotations

from pipeline.page import icons, parts, quantity, scale
from pipeline.page.figure import table
from pipeline.page.markup import Markup, tag
from pipeline.report.graph import Graph
from pipeline.report.timing import Bar, Timing

LEVELS = {"passed": "ok", "failed": "bad", "interrupted": "warn"}
_ROW, _BAR, _TOP, _ROOM = 26, 12, 26, 98.0
_INSIDE, _LEFT_HALF = 12.0, 58.0


def draw(timing: Timing) -> Markup:
    """The picture, letters beside the bars; its name tells the essence to those who cannot see it."""
    rows = {bar.record.stage: number for number, bar in enumerate(timing.bars)}
    height = _TOP + _ROW * len(timing.bars) + 4
    label = f"{len(timing.bars)} stages in {quantity.seconds(timing.seconds)}; critical path: {', then '.join(timing.critical)}"
    shapes = [
        *_axis(timing, height),
        *(_wait(timing, rows, pair, css="edge") for pair in timing.waits),
        *(_wait(timing, rows, pair, css="edge critical") for pair in zip(timing.critical, timing.critical[1:], strict=False)),
        *(_bar(timing, bar, number) for number, bar in enumerate(timing.bars)),
    ]
    return tag("svg", tag("title", label), shapes, class_="plot stages", height=height, role="img", aria_label=label)


def _place(timing: Timing, second: float) -> float:
    return scale.place(second, timing.seconds, _ROOM)


def _axis(timing: Timing, height: int) -> list[Markup]:
    drawn = []
    for value in scale.moments(0, timing.seconds, 6):
        where = f"{_place(timing, value)}%"
        drawn.append(tag("line", class_="grid", x1=where, x2=where, y1=_TOP - 6, y2=height))
        drawn.append(tag("text", quantity.seconds(value), class_="tick", x=where, y=12, text_anchor="start" if not value else "middle"))
    return drawn


def _wait(timing: Timing, rows: dict[str, int], pair: tuple[str, str], *, css: str) -> Markup:
    """From the end of one stage down to the begin of another."""
    before, after = (timing.bars[rows[name]] for name in pair)
    left, right = _place(timing, before.end), _place(timing, max(after.begin, before.end))
    top, bottom = (_TOP + _ROW * rows[name] + _ROW // 2 for name in pair)
    down = tag("line", class_=css, x1=f"{left}%", x2=f"{left}%", y1=top, y2=bottom)
    return tag("g", down, tag("line", class_=css, x1=f"{left}%", x2=f"{right}%", y1=bottom, y2=bottom))


def _bar(timing: Timing, bar: Bar, number: int) -> Markup:
    left, right = _place(timing, bar.begin), _place(timing, bar.end)
    middle = _TOP + _ROW * number + _ROW // 2
    css = f"fill {LEVELS[bar.record.verdict]}" + (" critical" if bar.critical else "")
    shape = {"x": f"{left}%", "width": f"{max(round(right - left, 2), 0.35)}%", "y": middle - _BAR // 2, "height": _BAR, "rx": 2}
    over = tag("rect", class_="reused", **shape) if bar.reused else None
    where, anchor, shift = (right, "start", 6) if right <= _LEFT_HALF else (left, "end", -6)
    if left < _INSIDE and right > _LEFT_HALF:
        where, anchor, shift = left, "start", 6
    told = [tag("tspan", bar.record.stage, class_="name"), f" {quantity.seconds(bar.record.seconds)}", ", reused" if bar.reused else ""]
    mark = "" if bar.record.verdict == "passed" else f", {bar.record.verdict}"
    text = tag("text", told, mark, x=f"{where}%", dx=shift, y=middle + 4, text_anchor=anchor, class_="critical" if bar.critical else None)
    return tag("g", tag("rect", class_=css, **shape), over, text)


def legend() -> Markup:
    """What the marks mean."""
    told = [("fill ok critical", "critical path: each began when the one before it ended"), ("fill ok", "beside it"), ("reused", "reused")]
    marks = [tag("li", _swatch(tag("rect", class_=css, width=22, height=10, rx=2)), words) for css, words in told]
    line = _swatch(tag("line", class_="edge", x1=0, x2=22, y1=5, y2=5))
    return tag("ul", marks, tag("li", line, "requires"), class_="legend")


def _swatch(shape: Markup) -> Markup:
    return tag("svg", shape, class_="plot swatch", width=22, height=10, aria_hidden="true")


def section(title: str, timing: Timing, graph: Graph) -> Markup:
    """The picture and the same as a table."""
    if not timing.bars:
        return parts.section(title, tag("p", "No stage of a run left a record: ./run", class_="empty"))
    spent = sum(bar.record.seconds for bar in timing.bars)
    says = (
        f"{quantity.seconds(timing.seconds)} from the command to the end of its last stage; the stages took {quantity.seconds(spent)} "
        f"in all, {quantity.seconds(sum(bar.record.seconds for bar in timing.bars if bar.critical))} of them on the critical path."
    )
    rows: list[list[object]] = [
        [
            bar.record.stage,
            icons.state(LEVELS[bar.record.verdict], bar.record.verdict),
            tag("span", quantity.seconds(bar.record.seconds), class_="figure"),
            quantity.moment(bar.record.started)[11:19],
            bar.reused or "\N{EN DASH}",
            tag("span", bar.record.summary or bar.record.error or graph.nodes[bar.record.stage].does, class_="words"),
        ]
        for bar in timing.bars
    ]
    drawn = parts.scroll(table(["stage", "verdict", "took", "began (UTC)", "reused", "what it did"], rows), f"{title}: table")
    return parts.section(
        title, tag("p", says, class_="says"), parts.card(draw(timing), legend()), parts.card(tag("div", drawn, class_="dense"), wide=True)
    )
