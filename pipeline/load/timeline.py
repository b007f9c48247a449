"""A picture of a load: answers per half second, one colour per release, failures in red, and what was done to the service meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from pipeline.load.generator import Answer

_WIDTH, _HEIGHT, _TOP, _LEFT = 1200, 260, 70, 50
_BUCKET_SECONDS = 0.5
_COLOURS = ("#2a78c2", "#e0a526", "#4f9d4f", "#8e63b5")  # told apart by people who do not see red or green, too
_FAILED = "#c22a2a"


@dataclass(frozen=True)
class Event:
    """Something done to the service: what, and from when to when in Unix time."""

    name: str
    began: float
    ended: float


def counted(answers: Sequence[Answer], events: Sequence[Event], releases: Mapping[str, str]) -> dict[str, Any]:
    """The same as figures, for pages that draw it themselves: answers of each release and failures, by half second since `start`."""
    start = min(answer.sent for answer in answers)
    length = int((max(answer.sent for answer in answers) - start) / _BUCKET_SECONDS) + 1
    layers = {commit: [0] * length for commit in ("", *releases)}
    for answer in answers:
        commit = "" if answer.failed or answer.commit not in releases else answer.commit
        layers[commit][int((answer.sent - start) / _BUCKET_SECONDS)] += 1
    told = [{"commit": commit, "name": releases.get(commit, "no good answer"), "counts": counts} for commit, counts in layers.items()]
    return {"start": round(start, 2), "step": _BUCKET_SECONDS, "layers": told, "events": [asdict(event) for event in events]}


def draw(
    answers: Sequence[Answer], events: Sequence[Event], releases: Mapping[str, str], *, instances: Sequence[tuple[float, int]] = ()
) -> str:
    """Return an SVG. `releases` gives the commits that may answer their names in the legend, the order gives the colours.

    `instances` draws a line of how many there were: Unix times with numbers.
    """
    start = min(answer.sent for answer in answers)
    buckets: dict[int, Counter[str]] = {}
    for answer in answers:
        kind = "" if answer.failed else answer.commit
        buckets.setdefault(int((answer.sent - start) / _BUCKET_SECONDS), Counter())[kind] += 1
    colours = dict(zip(releases, _COLOURS, strict=False)) | {"": _FAILED}
    last, highest = max(buckets) + 1, max(sum(counts.values()) for counts in buckets.values())
    step = (_WIDTH - _LEFT) / last
    shapes = [_event(each, start, step, number) for number, each in enumerate(events)]
    for bucket, counts in sorted(buckets.items()):
        base = float(_TOP + _HEIGHT)
        for commit in ("", *releases):  # failures at the bottom, where even one is seen
            if height := counts[commit] / highest * _HEIGHT:
                base -= height
                shapes.append(_box(_LEFT + bucket * step, base, step, height, colours[commit]))
    shapes += _counted([(_LEFT + max(when - start, 0.0) / _BUCKET_SECONDS * step, count) for when, count in instances])
    return _frame([*shapes, *_legend(releases, colours), *_axis(last, step, highest)])


def _counted(points: Sequence[tuple[float, int]]) -> list[str]:
    """A stepped line of numbers, each named where it is new."""
    if not points:
        return []
    most = max(count for _, count in points) + 1
    shapes, path, before = list[str](), list[str](), -1
    for left, count in points:
        height = _TOP + _HEIGHT * (1 - count / most)
        if count != before:
            shapes.append(f'<text x="{left:.1f}" y="{height - 6:.1f}" font-size="13">{count}</text>')
            path += [f"H{left:.1f}", f"V{height:.1f}"] if path else [f"M{left:.1f} {height:.1f}"]
        before = count
    path.append(f"H{points[-1][0]:.1f}")
    return [f'<path d="{" ".join(path)}" fill="none" stroke="#777" stroke-width="3"><title>instances</title></path>', *shapes]


def _event(each: Event, start: float, step: float, number: int) -> str:
    left = _LEFT + (each.began - start) / _BUCKET_SECONDS * step
    width = (each.ended - each.began) / _BUCKET_SECONDS * step
    shade = f'<rect x="{left:.1f}" y="{_TOP}" width="{width:.1f}" height="{_HEIGHT}" fill="#888" opacity="0.18"/>'
    return f'{shade}<text x="{left:.1f}" y="{_TOP - 8 - 18 * (number % 2)}" font-size="13">{escape(each.name)}</text>'


def _box(left: float, top: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{max(width - 0.4, 0.4):.1f}" height="{height:.1f}" fill="{colour}"/>'


def _legend(releases: Mapping[str, str], colours: Mapping[str, str]) -> list[str]:
    texts = [(f"{name} ({commit[:12]})", colours[commit]) for commit, name in releases.items()] + [("no good answer", _FAILED)]
    shapes = []
    for number, (text, colour) in enumerate(texts):
        left = _LEFT + 300 * number
        shapes.append(_box(left, 8, 14, 14, colour) + f'<text x="{left + 20}" y="20" font-size="14">{escape(text)}</text>')
    return shapes


def _axis(last: int, step: float, highest: int) -> list[str]:
    bottom = _TOP + _HEIGHT
    marks = [f'<text x="4" y="{_TOP + 10}" font-size="12">{highest / _BUCKET_SECONDS:.0f}/s</text>']
    every = max(round(last * _BUCKET_SECONDS / 12 / 5) * 5, 5)
    seconds = range(0, int(last * _BUCKET_SECONDS) + 1, every)
    places = {second: _LEFT + second / _BUCKET_SECONDS * step for second in seconds}
    return marks + [f'<text x="{left:.1f}" y="{bottom + 18}" font-size="12">{second} s</text>' for second, left in places.items()]


def _frame(shapes: Sequence[str]) -> str:
    height = _TOP + _HEIGHT + 30
    dark = "@media(prefers-color-scheme:dark){text{fill:#ddd}svg{background:#181818}}"
    style = f"<style>text{{font-family:sans-serif;fill:#222}}svg{{background:#fff}}{dark}</style>"
    title = "<title>Answers over time, by the release that gave them</title>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">'
    return "\n".join([head, title, style, *shapes, "</svg>", ""])
