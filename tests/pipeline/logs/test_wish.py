"""Filters are read strictly: whatever is not one of them is one line that says what is possible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.logs import wish
from pipeline.logs.line import Line
from pipeline.logs.wish import Wish

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_every_filter_is_read() -> None:
    words = ["--since=90m", "--status=5xx", f"--trace={TRACE}", "--instance=hash-8456f4ddb8-f5n49", "--limit=5", "--json"]
    assert wish.parse(words) == Wish(5400, "5xx", TRACE, "hash-8456f4ddb8-f5n49", 5, json=True)
    assert wish.parse([]) == Wish(600, "", "", "", 1000, json=False)


@pytest.mark.parametrize(
    "word",
    [
        "--since=10", "--since=0m", "--since=-5m", "--since=10d", "--since=169h", "--since=", "--since=1.5h", "--since=\u0661m",
        "--since=9999999999h",
        "--status=600", "--status=5x", "--status=5XX", "--status=", "--status=200,404", "--trace=abc", f"--trace={TRACE.upper()}",
        f"--trace={'0' * 32}", f"--trace={TRACE}\n", "--instance=", "--instance=../x", "--instance=A", "--instance=-x", "--instance=x;ls",
        "--limit=0", "--limit=100001", "--limit=x", "--json=yes", "--follow", "--statu=500", "500", "",
    ],
)  # fmt: skip
def test_anything_else_is_one_line_that_says_what_is_possible(word: str) -> None:
    with pytest.raises(UsageError) as caught:
        wish.parse([word])
    assert caught.value.fix == wish.USAGE
    assert "\n" not in str(caught.value)


def test_a_filter_given_twice_is_an_error() -> None:
    with pytest.raises(UsageError, match="--status is given twice"):
        wish.parse(["--status=500", "--status=404"])


@given(st.lists(st.text()))
def test_no_words_whatever_bring_it_down(words: list[str]) -> None:
    try:
        wish.parse(words)
    except UsageError as error:
        assert error.fix == wish.USAGE  # noqa: PT017 - any other exception fails the test


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        (Wish(), True),
        (Wish(status="503"), True),
        (Wish(status="5xx"), True),
        (Wish(status="4xx"), False),
        (Wish(status="500"), False),
        (Wish(trace=TRACE), True),
        (Wish(trace=TRACE[::-1]), False),
        (Wish(instance="hash-1"), True),
        (Wish(instance="hash-2"), False),
        (Wish(status="5xx", trace=TRACE, instance="hash-2"), False),
    ],
)
def test_a_line_passes_every_filter_or_is_left_out(wanted: Wish, passes: bool) -> None:  # noqa: FBT001
    assert wanted.wants(Line("2026-11-24T14:00:00Z", "hash-1", {"status": 503, "trace": TRACE})) is passes


def test_a_line_that_tells_no_status_passes_no_filter_for_one() -> None:
    assert not Wish(status="5xx").wants(Line("2026-11-24T14:00:00Z", "hash-1", {}, "Traceback"))
