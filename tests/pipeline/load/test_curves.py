"""The picture of a long load is well-formed and shows every instance."""

from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from pipeline.load import curves
from tests.pipeline.load.test_trend import series

SVG = "{http://www.w3.org/2000/svg}"


def test_there_is_a_line_for_each_instance_and_two_for_the_times() -> None:
    drawn = curves.draw({"a": series(10, 0, noise=1, seed=1), "b": series(10, 0, noise=1, seed=2)}, [(1.0, 3.0), (40.0, 5.0)])
    assert len([*ElementTree.fromstring(drawn).iter(f"{SVG}polyline")]) == 4


def test_a_windows_percentile_is_one_of_its_own_times() -> None:
    assert curves.windows([(100.0, 1.0), (105.0, 9.0), (112.0, 4.0)], 99) == [(100.0, 9.0), (110.0, 4.0)]


@given(st.lists(st.tuples(st.floats(0, 900), st.floats(0, 5000)), min_size=1))
def test_any_load_can_be_drawn(times: list[tuple[float, float]]) -> None:
    root = ElementTree.fromstring(curves.draw({"a": [(0.0, 20.0)]}, times))
    heights = [float(point.split(",")[1]) for line in root.iter(f"{SVG}polyline") for point in line.attrib["points"].split()]
    assert all(0 <= height <= float(root.attrib["viewBox"].split()[3]) for height in heights)
