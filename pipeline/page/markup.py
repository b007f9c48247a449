"""HTML and SVG as values: text is escaped unless it is markup already, so that a hostile name stays a name wherever it is put.

Names and values on a page come from metrics, labels, logs and Git, and anybody may write there.
"""

from __future__ import annotations

import html
import re

_VOID = {"br", "col", "hr", "img", "input", "link", "meta"}
# Control characters, surrogates, and those that turn the direction of writing (CVE-2021-42574): shown, they would lie about the text.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_LINK = re.compile(r"(?:https?://|#|[\w.-]+(?:/|#|$))[^\s]*")


class Markup(str):
    """A text that is HTML or SVG, and is not escaped again."""

    __slots__ = ()


def text(value: object) -> Markup:
    """Escape a value for text and for attributes; what cannot be shown becomes U+FFFD."""
    return value if isinstance(value, Markup) else Markup(html.escape(_UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))))


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """One element. `class_`, `aria_label` become `class`, `aria-label`; None and False leave an attribute out, True has no value."""
    pairs = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    told = "".join(_attribute(key, value) for key, value in pairs if value is not None and value is not False)
    if name in _VOID:
        return Markup(f"<{name}{told}>")
    return Markup(f"<{name}{told}>{join(children)}</{name}>")


def join(parts: object) -> Markup:
    """Several texts or pieces of markup behind each other; lists are opened, None is left out."""
    if parts is None:
        return Markup()
    return Markup("".join(join(part) for part in parts)) if isinstance(parts, list | tuple) else text(parts)


def link(label: object, href: str) -> Markup:
    """A link to the web, to a file beside the page or to a place on it; any other scheme, `javascript:` above all, leaves only the text."""
    return tag("a", label, href=href, rel="noreferrer") if _LINK.fullmatch(href) else text(label)


def _attribute(name: str, value: object) -> str:
    return f" {name}" if value is True else f' {name}="{text(value)}"'
