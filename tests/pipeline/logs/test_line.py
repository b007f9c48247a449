"""Lines keep their order and their content; what is no JSON is kept as text, and no line writes to a terminal."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.logs import line
from pipeline.logs.line import Line

RAW = '2026-11-24T14:00:00.123456789Z {"time": "2026-11-24T14:00:00.123+00:00", "method": "GET", "route": "/hash/{text:path}", '
RAW += '"status": 200, '
RAW += '"duration_ms": 0.2, "instance": "x", "commit": "95656676a90e0000", "trace": "4bf92f3577b34da6a3ce929d0e0e4736"}'


def test_a_line_of_the_service_is_read_and_shown_in_columns() -> None:
    read = line.parse(RAW, "hash-1")
    assert read
    assert (read.status, read.trace, read.instance) == (200, "4bf92f3577b34da6a3ce929d0e0e4736", "hash-1")
    shown = line.for_people(read)
    assert shown == "14:00:00.123  hash-1  200      0.2 ms  GET /hash/{text:path}   4bf92f3577b34da6a3ce929d0e0e4736  95656676a90e"
    assert json.loads(line.as_json(read)) == {**json.loads(RAW.partition(" ")[2]), "instance": "hash-1"}


@pytest.mark.parametrize("text", ["Traceback (most recent call last):", '{"cut', "[1, 2]", "7", "", "[" * 5000, '{"status": true}'])
def test_what_is_no_line_of_the_service_is_kept(text: str) -> None:
    read = line.parse(f"2026-11-24T14:00:00Z {text}", "hash-1")
    assert read
    assert read.status is None
    assert read.fields or read.text == text
    assert json.loads(line.as_json(read))["instance"] == "hash-1"


@pytest.mark.parametrize("raw", ["", "no stamp", "2026-99-99T00:00:00Z x", "20261124 x", "T x"])
def test_a_line_without_a_stamp_is_the_rest_of_one_that_was_cut(raw: str) -> None:
    assert line.parse(raw, "hash-1") is None


@given(st.text())
def test_no_line_whatever_writes_to_the_terminal(text: str) -> None:
    for fields in ({}, {"method": text, "route": text, "status": 200, "error": text}):
        shown = line.for_people(Line("2026-11-24T14:00:00Z", "hash-1", fields, text))
        assert shown.encode("utf-8")
        assert not [each for each in shown if ord(each) < 32 or 127 <= ord(each) < 160 or each in "\u202e\u2028"]


def stamp(nanoseconds: int) -> str:
    """As the runtime writes it: without the zeros at the end."""
    return f"2026-11-24T14:00:00.{nanoseconds:09d}".rstrip("0").rstrip(".") + "Z"


@given(st.lists(st.lists(st.integers(0, 10**9 - 1), max_size=8), max_size=4))
def test_streams_are_merged_in_time_to_the_nanosecond(streams: list[list[int]]) -> None:
    lines = [[Line(stamp(each), str(number), {}, str(each)) for each in stream] for number, stream in enumerate(streams)]
    merged = line.merged(lines)
    assert [int(each.text) for each in merged] == sorted(each for stream in streams for each in stream)


def test_the_runtime_cuts_zeros_of_its_stamps_and_the_order_holds() -> None:
    stamps = ["2026-11-24T14:00:00.1Z", "2026-11-24T14:00:00.09Z", "2026-11-24T14:00:00Z", "2026-11-24T13:59:59.999999999Z"]
    merged = line.merged([[Line(stamp, "a", {})] for stamp in stamps])
    assert [each.stamp for each in merged] == stamps[::-1]
