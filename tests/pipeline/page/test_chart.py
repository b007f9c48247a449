"""Any data can be drawn: well-formed, inside its frame, with hostile names as text and missing time hatched."""

import re
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from pipeline.page import chart, quantity
from pipeline.page.chart import Data, Mark, Series
from tests.pipeline.page.test_markup import HOSTILE

TIMES = tuple(1_800_000_000.0 + 15 * index for index in range(12))
SERIES = st.builds(Series, HOSTILE, st.tuples(*[st.none() | st.floats()] * len(TIMES)))
DATA = st.builds(
    Data,
    st.just(TIMES),
    st.lists(SERIES, max_size=8).map(tuple),
    st.sampled_from(sorted(quantity._UNITS)),
    st.lists(st.tuples(HOSTILE, st.floats(0, 1e9)), max_size=2).map(tuple),
    st.lists(st.builds(Mark, st.floats(TIMES[0], TIMES[-1]), HOSTILE), max_size=4).map(tuple),
)


def parsed(drawn: str) -> Element:
    root = ElementTree.fromstring(drawn)
    for each in root.iter():
        for name, value in each.attrib.items():
            if name in {"x", "x1", "x2", "width"} and value.endswith("%"):
                assert 0 <= float(value[:-1]) <= 100.01
            if name in {"x", "y", "x1", "x2", "y1", "y2", "width", "height", "d"}:
                assert not re.search("nan|inf|None", value, re.IGNORECASE), (each.tag, name, value[:300])
    assert {each.tag for each in root.iter()} <= {"svg", "title", "line", "rect", "path", "text"}
    return root


@given(DATA, HOSTILE)
def test_any_data_can_be_drawn_in_every_way(data: Data, label: str) -> None:
    for drawn in (chart.lines(data, label), chart.lines(data, label, stepped=True), chart.stacked(data, label), chart.heat(data, label)):
        root = parsed(drawn)
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-label"].split() == (root[0].text or "").split()


@given(st.none() | st.floats(), st.floats(1e-6, 1e6))
def test_any_value_can_be_a_bar_or_a_spark(value: float | None, limit: float) -> None:
    parsed(chart.bar(value, 1.5 * limit, limit))
    parsed(chart.spark([value, 1.0, None]))


@given(st.none() | st.floats(), st.floats(0, 1e9))
def test_a_cell_is_blank_for_nothing_and_dark_for_the_most(value: float | None, most: float) -> None:
    assert 0 <= chart.heat_level(value, most) <= chart.LEVELS
    assert chart.heat_level(None, most) == chart.heat_level(0.0, most) == 0
    assert chart.heat_level(most, most) == (chart.LEVELS if most > 0 else 0)


def test_missing_time_is_hatched_and_zero_is_not() -> None:
    data = Data(TIMES, (Series("a", (None,) * 6 + (0.0,) * 6),), "count")
    gaps = [each for each in parsed(chart.lines(data, "x")).iter("rect") if each.attrib["class"] == "gap"]
    assert [(each.attrib["x"], each.attrib["width"]) for each in gaps] == [("0%", "50%")]


def test_a_name_that_would_stand_in_another_is_left_out_but_its_line_is_drawn() -> None:
    data = Data(TIMES, (Series("a", (1.0,) * 12),), "count", marks=(Mark(TIMES[4], "one"), Mark(TIMES[5], "two"), Mark(TIMES[9], "three")))
    root = parsed(chart.lines(data, "x"))
    assert [each.text for each in root.iter("text") if each.attrib["class"] == "mark-name"] == ["one", "three"]
    assert len([each for each in root.iter("line") if each.attrib["class"] == "mark"]) == 3


def test_a_limit_far_above_all_values_does_not_flatten_them() -> None:
    near, far = (Data(TIMES, (Series("a", (1.0,) * 12),), "count", limits=(("limit", limit),)) for limit in (2.0, 100.0))
    assert [sum("limit" in each.attrib.get("class", "") for each in parsed(chart.lines(data, "x")).iter()) for data in (near, far)] == [
        2,
        0,
    ]
