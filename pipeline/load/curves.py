"""A picture of a long load: the memory of each instance and the time to answer, over the same minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.load import figures

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 900, 160, 60, 30, 60
_WINDOW_SECONDS = 10.0
_COLOURS = ("#2a78c2", "#e0a526", "#4f9d4f", "#8e63b5")  # told apart by people who do not see red or green, too

Line = Sequence[tuple[float, float]]


def draw(memory: Mapping[str, Line], times: Line) -> str:
    """Return an SVG of samples in MiB by instance, and of pairs of sending time and milliseconds to the answer."""
    panels: list[tuple[str, list[Line]]] = [
        ("memory of each instance, MiB", list(memory.values())),
        ("time to answer, ms: 99 of 100 (upper line) and the median", [windows(times, 99), windows(times, 50)]),
    ]
    moments = [when for _, lines in panels for line in lines for when, _ in line]
    start, end = min(moments), max(moments)
    shapes: list[str] = []
    for number, (title, lines) in enumerate(panels):
        shapes += _panel(title, lines, _TOP + number * (_HEIGHT + _GAP), start, max(end - start, 1.0))
    height = _TOP + 2 * (_HEIGHT + _GAP)
    dark = "@media(prefers-color-scheme:dark){text{fill:#ddd}svg{background:#181818}}"
    style = f"<style>text{{font-family:sans-serif;font-size:13px;fill:#222}}svg{{background:#fff}}{dark}</style>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH + _LEFT + 20} {height}" role="img">'
    return "\n".join([head, "<title>Memory and time to answer over a long load</title>", style, *shapes, "</svg>", ""])


def windows(times: Line, share: float) -> list[tuple[float, float]]:
    """Return a percentile of each window's times, at the window's begin."""
    start = min(when for when, _ in times)
    found: dict[int, list[float]] = {}
    for when, value in times:
        found.setdefault(int((when - start) / _WINDOW_SECONDS), []).append(value)
    return [(start + number * _WINDOW_SECONDS, figures.percentile(sorted(values), share)) for number, values in sorted(found.items())]


def _panel(title: str, lines: Sequence[Line], top: float, start: float, span: float) -> list[str]:
    highest = max((value for line in lines for _, value in line), default=0.0) * 1.1 or 1.0
    bottom = top + _HEIGHT
    shapes = [f'<text x="{_LEFT}" y="{top - 8}">{title}</text>', f'<text x="4" y="{top + 12}">{highest:.0f}</text>']
    shapes.append(f'<path d="M{_LEFT} {top}V{bottom}H{_LEFT + _WIDTH}" fill="none" stroke="#888"/>')
    for number, line in enumerate(lines):
        points = " ".join(f"{_LEFT + (when - start) / span * _WIDTH:.1f},{bottom - value / highest * _HEIGHT:.1f}" for when, value in line)
        shapes.append(f'<polyline points="{points}" fill="none" stroke="{_COLOURS[number % len(_COLOURS)]}" stroke-width="1.5"/>')
    minutes = range(int(span // 60) + 1)
    return shapes + [f'<text x="{_LEFT + minute * 60 / span * _WIDTH:.1f}" y="{bottom + 18}">{minute} min</text>' for minute in minutes]
