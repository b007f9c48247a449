"""Whatever lies there, a question about it is answered, and never with another kind of thing."""

import math

from hypothesis import given
from hypothesis import strategies as st

from pipeline.report import lenient
from tests.pipeline.report.samples import ODD


@given(ODD, st.lists(st.sampled_from(["examined", "rules", "x"]), max_size=2))
def test_every_question_has_an_answer_of_its_kind(value: object, path: list[str]) -> None:
    known = lenient.number(value, *path)
    assert known is None or math.isfinite(known)
    assert isinstance(lenient.count(value, *path), int)
    assert isinstance(lenient.text(value, *path), str)
    assert all(isinstance(each, dict) for each in lenient.rows(value, *path))
    assert all(isinstance(each, str) for each in lenient.texts(value, *path))
    assert lenient.length(value, *path) >= len(lenient.rows(value, *path))
    assert isinstance(lenient.table(value, *path), dict)


def test_what_is_there_is_found() -> None:
    value = {"a": {"b": 2, "c": "x", "d": [{"e": 1}, "f", 3], "g": True}}
    assert lenient.number(value, "a", "b") == 2.0
    assert lenient.number(value, "a", "g") is None
    assert lenient.number(10**400) is None
    assert lenient.text(value, "a", "c") == "x"
    assert lenient.rows(value, "a", "d") == [{"e": 1}]
    assert lenient.texts(value, "a", "d") == ["f"]
    assert lenient.length(value, "a", "d") == 3
