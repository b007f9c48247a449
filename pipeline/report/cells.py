"""A square for each thing that was tried: full where the control held, crossed where it did not, hatched where nothing was proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.page import parts, quantity
from pipeline.page.figure import table
from pipeline.page.markup import Markup, tag

_COLUMNS, _STEP, _SIDE = 30, 10, 8
HELD, BROKEN, VOID = "held", "broken", "void"
_WORDS = {BROKEN: "got through", VOID: "open"}
_MOST_NAMED = 60


@dataclass(frozen=True)
class Try:
    """One thing that was tried: its group, its name, what became of it, and why if it did not hold."""

    group: str
    name: str
    fate: str
    why: str = ""


def draw(fates: Sequence[str]) -> Markup:
    """The squares in rows of thirty; the numbers beside them say the same."""
    rows = -(-max(len(fates), 1) // _COLUMNS)
    width, height = min(max(len(fates), 1), _COLUMNS) * _STEP, rows * _STEP
    shapes = [tag("path", class_=f"cell {fate}", d=path) for fate in (HELD, VOID, BROKEN) if (path := _path(fates, fate))]
    return tag("svg", shapes, class_="cells", viewBox=f"0 0 {width} {height}", width=width, aria_hidden="true", focusable="false")


def _path(fates: Sequence[str], wanted: str) -> str:
    parts_ = []
    for index, fate in enumerate(fates):
        if fate == wanted:
            left, top = index % _COLUMNS * _STEP + 1, index // _COLUMNS * _STEP + 1
            cross = f"M{left} {top}l{_SIDE} {_SIDE}m0 -{_SIDE}l-{_SIDE} {_SIDE}" if fate == BROKEN else ""
            parts_.append(f"M{left} {top}h{_SIDE}v{_SIDE}h-{_SIDE}z{cross}")
    return "".join(parts_)


def legend() -> Markup:
    """What the squares mean."""
    told = ((HELD, "held: refused, noticed or blocked"), (BROKEN, "got through"), (VOID, "triaged, or proved nothing"))
    return tag("ul", [tag("li", draw([fate]), words) for fate, words in told], class_="legend")


def matrix(title: str, says: str, tries: Sequence[Try], headings: tuple[str, str] = ("group", "held")) -> Markup:
    """A card with a row of squares for each group; every one that did not hold is named below."""
    groups = list(dict.fromkeys(each.group for each in tries))
    rows: list[list[object]] = []
    for group in groups:
        mine = [each for each in tries if each.group == group]
        held = sum(each.fate == HELD for each in mine)
        rows.append([group, tag("span", f"{held} of {len(mine)}", class_="figure"), draw([each.fate for each in mine])])
    drawn = tag("div", parts.scroll(table([headings[0], headings[1], "each"], rows), f"{title}: table"), class_="dense")
    bad = [each for each in tries if each.fate != HELD]
    named = tag("ul", [tag("li", tag("b", _WORDS[each.fate]), f": {each.name}: {each.why}") for each in bad[:_MOST_NAMED]])
    serious = any(each.fate == BROKEN for each in bad)
    listed = tag("details", tag("summary", f"The {len(bad)} others, and why"), named, open=serious) if bad else None
    held = sum(each.fate == HELD for each in tries)
    heading = tag("h3", f"{title}: {quantity.number(held)} of {quantity.number(len(tries))}")
    return parts.card(heading, tag("p", says, class_="says"), drawn, listed)
