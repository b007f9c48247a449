"""Whose leftovers `destroy` takes away."""

import pytest

from pipeline import cleanup, workspace
from pipeline.errors import UsageError


def test_without_words_it_is_this_clone() -> None:
    place = workspace.locate()
    assert cleanup.instance(place, ()) == place


def test_another_instance_has_its_own_names_and_its_own_state() -> None:
    place = workspace.locate()
    other = cleanup.instance(place, ("--instance=0123abcd",))
    assert other.name == "portcullis-0123abcd"
    assert other.state == place.state.parent / "0123abcd"
    assert other.cache == place.cache


@pytest.mark.parametrize(
    "words", [("--instance=",), ("--instance=../../etc",), ("--instance=0123ABCD",), ("all",), ("--instance=0123abcd", "x")]
)
def test_any_other_word_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="destroy knows no"):
        cleanup.instance(workspace.locate(), words)
