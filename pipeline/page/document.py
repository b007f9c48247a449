"""One HTML file that stands alone: its style and script are in it, named to the browser by their hashes; nothing else may load or run."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from pipeline.page.markup import Markup, tag

_FOLDER = Path(__file__).parent


def document(title: str, *body: object) -> str:
    """Return a whole page. Inline styles and handlers would not work in it: colours are classes, and there is one script."""
    style, script = (_FOLDER.joinpath(name).read_text("utf-8") for name in ("page.css", "page.js"))
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy(style, script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        tag("style", Markup(style)),
    ]
    # The script stands last: what it reads is there by then.
    whole = tag("html", tag("head", head), tag("body", hatching(), body, tag("script", Markup(script))), lang="en")
    return f"<!doctype html>\n{whole}\n"


def policy(style: str, script: str) -> str:
    """What the page may do, as its Content-Security-Policy.

    Source: https://www.w3.org/TR/CSP3/
    """
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src 'sha256-{_hash(style)}'",
            f"script-src 'sha256-{_hash(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def hatching() -> Markup:
    """The pattern that stands for missing data, once for all charts of a page."""
    line = tag("path", class_="hatch-line", d="M-1 1L1 -1M0 6L6 0M5 7L7 5")
    pattern = tag("pattern", line, id="hatch", width=6, height=6, patternUnits="userSpaceOnUse")
    return tag("svg", tag("defs", pattern), class_="definitions", aria_hidden="true", focusable="false")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
