"""A trace is taken over only from a header that is exactly as the standard has it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import trace

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEX = "0123456789abcdef"


def of(*values: str | bytes) -> str:
    return trace.of([(b"traceparent", value.encode() if isinstance(value, str) else value) for value in values])


def is_new(found: str) -> bool:
    return bool(re.fullmatch("[0-9a-f]{32}", found)) and found != TRACE


@given(st.text(HEX, min_size=32, max_size=32), st.text(HEX, min_size=16, max_size=16), st.text(HEX, min_size=2, max_size=2))
def test_the_callers_trace_is_taken_over_unless_it_is_zero(identity: str, span: str, flags: str) -> None:
    found = of(f"00-{identity}-{span}-{flags}")
    if int(identity, 16) and int(span, 16):
        assert found == identity
    else:
        assert found != identity


@given(st.binary(max_size=80))
def test_whatever_else_is_sent_the_trace_is_a_new_one(sent: bytes) -> None:
    assert is_new(of(sent))


@pytest.mark.parametrize(
    "sent",
    [
        f"01-{TRACE}-{SPAN}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01\n",
        f" 00-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        "",
    ],
)
def test_a_header_that_is_nearly_right_names_no_trace(sent: str) -> None:
    assert is_new(of(sent))


def test_two_headers_name_none_and_no_header_is_new_every_time() -> None:
    header = f"00-{TRACE}-{SPAN}-01"
    assert is_new(of(header, header))
    assert trace.of([(b"host", b"a")]) != trace.of([])
