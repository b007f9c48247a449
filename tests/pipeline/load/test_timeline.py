"""The picture shows every answer, every failure and every event, and is well-formed."""

from dataclasses import replace

from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from pipeline.load import timeline
from pipeline.load.timeline import Event
from tests.pipeline.load.test_figures import GOOD

RELEASES = {"a" * 40: "this release", "b" * 40: "another"}


def test_failures_and_both_releases_are_told_apart() -> None:
    answers = [GOOD, replace(GOOD, sent=101.0, commit="b" * 40), replace(GOOD, sent=102.0, status=0, right=False, error="refused")]
    drawn = timeline.draw(answers, [Event("rollback <1>", 100.5, 101.5)], RELEASES)
    root = ElementTree.fromstring(drawn)
    fills = [each.get("fill") for each in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert {timeline._COLOURS[0], timeline._COLOURS[1], timeline._FAILED} <= set(fills)
    assert "rollback <1>" in [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]


@given(st.lists(st.tuples(st.floats(0, 300), st.sampled_from(["a" * 40, "b" * 40])), min_size=1))
def test_any_load_can_be_drawn(sent: list[tuple[float, str]]) -> None:
    answers = [replace(GOOD, sent=1000 + when, commit=commit) for when, commit in sent]
    drawn = timeline.draw(answers, [], RELEASES)
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert drawn.count(f'fill="{timeline._FAILED}"') == 1  # the legend's


def test_the_number_of_instances_is_a_line_that_names_each_new_number() -> None:
    answers = [GOOD, replace(GOOD, sent=110.0)]
    counts = [(99.0, 2), (101.0, 2), (103.0, 8), (105.0, 10), (109.0, 10)]
    root = ElementTree.fromstring(timeline.draw(answers, [], RELEASES, instances=counts))
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert [text for text in texts if text in {"2", "8", "10"}] == ["2", "8", "10"]
    (line,) = root.iter("{http://www.w3.org/2000/svg}path")
    assert line.get("d", "").startswith("M50.0 ")


def test_every_answer_is_counted_once_in_its_half_second_and_failures_apart() -> None:
    failed = replace(GOOD, sent=101.1, status=0, right=False, error="refused")
    answers = [replace(GOOD, sent=100.0), replace(GOOD, sent=100.2, commit="b" * 40), failed, replace(GOOD, sent=101.4, commit="f" * 40)]
    told = timeline.counted(answers, [Event("rollback", 100.5, 101.5)], {GOOD.commit: "this release", "b" * 40: "another"})
    assert (told["start"], told["step"]) == (100.0, 0.5)
    assert told["layers"] == [
        {"commit": "", "name": "no good answer", "counts": [0, 0, 2]},
        {"commit": GOOD.commit, "name": "this release", "counts": [1, 0, 0]},
        {"commit": "b" * 40, "name": "another", "counts": [1, 0, 0]},
    ]
    assert told["events"] == [{"name": "rollback", "began": 100.5, "ended": 101.5}]
