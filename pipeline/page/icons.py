"""Signs for how something is, each of another shape, so that colour says nothing alone."""

from __future__ import annotations

from pipeline.page.markup import Markup, tag

_DISC = {"d": "M12 1a11 11 0 1 0 0 22a11 11 0 0 0 0-22Z"}
_SHAPES = {
    "ok": (_DISC, "M7 12.5l3.5 3.5L17 8.5"),
    "warn": (
        {"d": "M12 1.8c.6 0 1.1.3 1.4.8l9.4 17.2c.6 1.1-.2 2.4-1.4 2.4H2.6c-1.2 0-2-1.3-1.4-2.4L10.6 2.6c.3-.5.8-.8 1.4-.8Z"},
        "M12 9v5.500M12 18v.2",
    ),
    "bad": ({"d": "M7.500 1h9L23 7.500v9L16.500 23h-9L1 16.500v-9Z"}, "M8 8l8 8M16 8l-8 8"),
    "unknown": (_DISC, "M9 9.300a3 3 0 1 1 4.300 2.700c-.9.500-1.300 1-1.300 2M12 17.500v.2"),
}


def icon(level: str) -> Markup:
    """The sign of a level: `ok`, `warn`, `bad` or `unknown`. Words beside it say the same."""
    outer, inner = _SHAPES[level]
    return tag("svg", tag("path", **outer), tag("path", class_="inner", d=inner), class_="icon", viewBox="0 0 24 24", aria_hidden="true")


def state(level: str, words: str) -> Markup:
    """A sign with its words."""
    return tag("span", icon(level), tag("span", words), class_=f"state {level}")
