"""The parts that every page has: its head with the places to go to, sections, the verdict, tables that may be wider than the screen."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.page import icons
from pipeline.page.markup import Markup, tag


def key(title: str) -> str:
    """The anchor of a section."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def top(project: str, what: str, titles: Sequence[str]) -> Markup:
    """The head of a page: whose it is, what it tells, and a link to each section; before it, the way past it."""
    places = [tag("li", tag("a", title, href=f"#{key(title)}")) for title in titles]
    name = tag("p", tag("b", project.capitalize()), f" {what}")
    past = tag("a", "To the verdict", href="#verdict", class_="skip")
    return tag("header", past, name, tag("nav", tag("ul", places), aria_label="Sections"), class_="top")


def verdict(level: str, sentence: str, *content: object) -> Markup:
    """The answer to the question that the page is opened with."""
    box = tag("div", icons.icon(level), tag("div", tag("h1", sentence), content), class_=f"verdict {level}")
    return tag("section", box, id="verdict", aria_label="Verdict", tabindex=-1)


def section(title: str, *content: object) -> Markup:
    """A part of the page with its heading."""
    return tag("section", tag("h2", title, id=key(title)), content, aria_labelledby=key(title))


def scroll(table: Markup, label: str) -> Markup:
    """A table that is moved sideways where it does not fit, by keys too."""
    return tag("div", table, class_="scroll", tabindex=0, role="region", aria_label=label)


def card(*content: object, wide: bool = False) -> Markup:
    """A framed part of a section."""
    return tag("div", content, class_="wide card" if wide else "card")
