"""The page tells everything that was read, takes no name for markup, and can be used without a mouse and without eyes."""

import re

import pytest

from pipeline.dashboard import panels, stage, verdict, view
from tests.pipeline.dashboard.test_snapshot import PLACE, Source
from tests.pipeline.page.test_markup import Reader


def page_of(source: Source) -> str:
    seen = stage.read(PLACE, source, 600)
    return view.page("portcullis", seen, verdict.judge(seen))


@pytest.mark.parametrize("value", [0.5, 0.0, None, float("nan"), 1e300, -1.0])
def test_every_part_is_there_whatever_was_read(value: float | None) -> None:
    page = page_of(Source(value))
    for title in (*view._TITLES, *(panel.title for panel in panels.panels(PLACE.settings))):
        assert f">{title}</h" in page
    for _, attributes in Reader(page).tags:
        assert not [
            each for key, each in attributes if key in {"d", "x", "y", "x1", "y1", "width", "height"} and re.search("nan|inf", each or "")
        ]


def test_a_hostile_label_is_text_everywhere() -> None:
    evil = "</svg><script>alert(1)</script><img src=x onerror=alert(2)>"
    read = Reader(page_of(Source(1.0, status=evil, instance=evil, commit=evil, le=evil)))
    assert [name for name, _ in read.tags].count("script") == 1
    assert not [name for name, attributes in read.tags if name == "img" or any(key.startswith("on") for key, _ in attributes)]


def test_missing_data_is_said_and_never_a_zero() -> None:
    text = Reader(page_of(Source(None)).partition("<main>")[2].partition("<script>")[0]).text
    assert text.count("Nothing is known for this time, which does not mean zero.") == len(panels.panels(PLACE.settings))
    assert not re.search(r"(?<![\d.])0(?:/s| %| ms| B| MiB)", text)


def test_the_page_has_landmarks_headings_in_order_and_places_to_go_to() -> None:
    read = Reader(page_of(Source(1.0)))
    read.require_landmarks()


def test_every_picture_has_a_name_or_is_left_out_for_those_who_cannot_see_it() -> None:
    page = page_of(Source(1.0))
    pictures = [dict(attributes) for name, attributes in Reader(page).tags if name == "svg" and dict(attributes).get("class")]
    assert pictures
    assert all(each.get("aria-label") or each.get("aria-hidden") == "true" for each in pictures)
    assert page.count("<figure") == page.count("<details")


def test_nothing_on_the_page_asks_the_network() -> None:
    assert not re.search(r'(?:src|href|action|data)="(?!#|data:,)', page_of(Source(1.0)))
