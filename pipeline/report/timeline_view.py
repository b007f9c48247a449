"""Answers over time by the release that gave them, drawn on the page itself from what `rollout-proof` counted."""

from __future__ import annotations

from typing import Any

from pipeline.page import chart, figure
from pipeline.page.chart import Data, Mark, Series
from pipeline.page.figure import Caption
from pipeline.page.markup import Markup
from pipeline.report import lenient

_MOST_MOMENTS, _MOST_LAYERS, _HASH = 2400, 6, 12
_SAYS = "Answers per second, by the release that gave them; an upright line is where something was done to the service."


def data(told: Any) -> Data | None:  # noqa: ANN401 - as it lies in the record
    """What the chart shows, None where the record has nothing to draw."""
    start, step = lenient.number(told, "start"), lenient.number(told, "step")
    layers = lenient.rows(told, "layers")[:_MOST_LAYERS]
    length = min(max((lenient.length(each, "counts") for each in layers), default=0), _MOST_MOMENTS)
    if start is None or not step or not 0 < step < 1e6 or not 0 <= start < 1e11 or length < 2:  # noqa: PLR2004 - a chart has two moments
        return None
    series = tuple(_series(each, length, step, f"s{max(index, 1)}") for index, each in enumerate(layers))
    marks = tuple(
        Mark(began, lenient.text(each, "name"))
        for each in lenient.rows(told, "events")
        if (began := lenient.number(each, "began")) is not None and start <= began <= start + step * length
    )
    return Data(tuple(start + step * index for index in range(length)), series, "per second", marks=marks, height=220)


def _series(layer: dict[str, Any], length: int, step: float, tone: str) -> Series:
    commit, counts = lenient.text(layer, "commit"), lenient.find(layer, "counts")
    numbers = [lenient.number(value) for value in (counts if isinstance(counts, list) else [])[:length]]
    padded = [None if value is None or value < 0 else value / step for value in numbers] + [None] * (length - len(numbers))
    name = f"{lenient.text(layer, 'name')} ({commit[:_HASH]})" if commit else lenient.text(layer, "name")
    return Series(name, tuple(padded), tone if commit else "bad")


def draw(told: Any) -> Markup | None:  # noqa: ANN401
    """The chart with its numbers, None where there is nothing to draw."""
    shown = data(told)
    if shown is None:
        return None
    done = ", ".join(mark.name for mark in shown.marks)
    label = f"Answers per second by release, {len(shown.marks)} changes meanwhile: {done}"
    caption = Caption("answers-by-release", "Answers by release", _SAYS, wide=True)
    return figure.figure(caption, chart.stacked(shown, label), shown)
