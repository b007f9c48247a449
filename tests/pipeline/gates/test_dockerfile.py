"""Instructions of a Dockerfile."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.gates import dockerfile


def test_continued_lines_comments_and_stages() -> None:
    text = "# first\nFROM scratch AS a\nRUN one \\\n  # between\n  two \\\n  three\n\nfrom a\nUSER 65532\n"
    assert dockerfile.instructions(text) == [
        {"name": "FROM", "value": "scratch AS a", "line": 2, "stage": 0},
        {"name": "RUN", "value": "one two three", "line": 3, "stage": 0},
        {"name": "FROM", "value": "a", "line": 8, "stage": 1},
        {"name": "USER", "value": "65532", "line": 9, "stage": 1},
    ]


def test_a_line_that_continues_into_nothing_ends() -> None:
    assert dockerfile.instructions("RUN a \\") == [{"name": "RUN", "value": "a", "line": 1, "stage": -1}]


@given(st.text(max_size=200))
def test_any_text_is_read_to_its_end(text: str) -> None:
    for each in dockerfile.instructions(text):
        assert each["name"] == each["name"].upper()
