"""The long form is asked for by its name alone."""

import pytest

from pipeline.errors import UsageError
from pipeline.load import form


@pytest.mark.parametrize(
    ("arguments", "long"), [((), False), (("--long",), True), (("--no-cache",), False), (("--strict", "--long"), True)]
)
def test_one_word_asks_for_it(arguments: tuple[str, ...], long: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert form.is_long("load", arguments) is long


@pytest.mark.parametrize("word", ["--lang", "long", "--group=http", ""])
def test_a_word_that_nobody_knows_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match=f"load knows no '{word}'"):
        form.is_long("load", (word,))
