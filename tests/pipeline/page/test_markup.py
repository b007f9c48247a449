"""Whatever a name contains, on a page it is text; and a page holds no link that runs anything."""

import itertools
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.page.markup import Markup, join, link, tag, text

HOSTILE = st.text() | st.sampled_from(
    ["</script><script>alert(1)</script>", '" onload="x', "&lt;b&gt;", "'><img src=x>", "\u202etxt.exe", "\x00"]
)


class Reader(HTMLParser):
    """The elements and the text that a browser would find."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text += data

    def require_landmarks(self) -> None:
        """Assert that the page has its landmarks once, headings in order, and only links to places that are there."""
        names = [name for name, _ in self.tags]
        assert [names.count(name) for name in ("h1", "main", "header", "footer", "nav")] == [1] * 5
        levels = [int(name[1]) for name in names if re.fullmatch("h[1-6]", name)]
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
        ids = [value for _, attributes in self.tags for key, value in attributes if key == "id"]
        assert len(ids) == len(set(ids))
        told = {value for _, attributes in self.tags for key, value in attributes if key == "aria-labelledby" and value}
        places = {
            value[1:] for _, attributes in self.tags for key, value in attributes if key == "href" and value and value.startswith("#")
        }
        assert told | places <= set(ids)


@given(HOSTILE, HOSTILE)
def test_a_name_is_text_and_an_attribute_whatever_it_contains(inside: str, attribute: str) -> None:
    read = Reader(tag("p", inside, title=attribute))
    assert read.tags == [("p", [("title", Reader(text(attribute)).text)])]


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S"))))
def test_what_can_be_shown_is_shown_as_it_is(name: str) -> None:
    assert Reader(tag("p", name)).text == name


@given(HOSTILE)
def test_what_cannot_be_shown_is_replaced(name: str) -> None:
    shown = Reader(text(name)).text
    assert not any(each in shown for each in "\x00\x1b\x7f\u202e\u2066\ufeff")
    assert shown.encode("utf-8").decode("utf-8") == shown


def test_markup_is_not_escaped_twice_and_lists_are_opened() -> None:
    assert join(["a<", [tag("b", "&"), None], 7]) == "a&lt;<b>&amp;</b>7"


def test_attributes_are_named_as_in_html_and_may_be_left_out() -> None:
    assert tag("input", class_="x", aria_label="y", disabled=True, hidden=False, name=None) == '<input class="x" aria-label="y" disabled>'


@pytest.mark.parametrize("href", ["https://example.org/a?b", "#verdict", "docs/runbook.md#watchdog", "runbook.md"])
def test_a_link_leads_to_the_web_or_to_a_place_beside_the_page(href: str) -> None:
    assert Reader(link("x", href)).tags == [("a", [("href", href), ("rel", "noreferrer")])]


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "JaVaScRiPt:x", " javascript:x", "data:text/html,x", "file:///etc/passwd", "//evil", "", "vbscript:x"]
)
def test_any_other_link_is_only_its_text(href: str) -> None:
    assert link("<b>", href) == Markup("&lt;b&gt;")
