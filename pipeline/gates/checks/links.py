"""Links in Markdown that lead nowhere: to a file that is not there, or to a heading that no file has."""

from __future__ import annotations

import re
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.gates.context import Context
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report


def check(_context: Context, inputs: Inputs) -> Report:
    """Follow every relative link. Addresses elsewhere are not asked: the answer of another machine is no property of this tree."""
    files = inputs.of("markdown")
    findings = tuple(finding for file in files for finding in _dead(file))
    return Report("links", metadata.version("markdown-it-py"), tuple(map(str, files)), findings=findings)


def _dead(file: Path) -> list[Finding]:
    found = []
    for line, target in links(file.read_text("utf-8")):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        path = file.parent / unquote(parts.path) if parts.path else file
        if not path.exists():
            found.append(Finding(str(file), line, "dead-link", f"{target} leads to no file", "low"))
        elif parts.fragment and path.suffix == ".md" and parts.fragment not in anchors(path.read_text("utf-8")):
            found.append(Finding(str(file), line, "dead-anchor", f"{target} leads to no heading", "low"))
    return found


def links(text: str) -> list[tuple[int, str]]:
    """Return line and target of every link and image of a Markdown text."""
    found = []
    for block in MarkdownIt().parse(text):
        line = (block.map or [0])[0] + 1
        found += [(line, str(target)) for child in block.children or [] if (target := child.attrGet("href") or child.attrGet("src"))]
    return found


def anchors(text: str) -> set[str]:
    """Return the anchors of a Markdown text's headings, as GitHub makes them."""
    tokens: list[Token] = MarkdownIt().parse(text)
    titles = [inline.content for opening, inline in pairwise(tokens) if opening.type == "heading_open"]
    found: set[str] = set()
    for title in titles:
        name = anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        number = 0
        while anchor in found:
            number += 1
            anchor = f"{name}-{number}"
        found.add(anchor)
    return found
