"""A refusal is one line that says what was wrong and what to do; anything else is a finding."""

from pathlib import Path
from typing import cast

import pytest

from pipeline.cloud import wrong
from pipeline.cloud.wrong import Bench, Wrong
from pipeline.errors import ClusterError, FindingError


@pytest.mark.parametrize(
    ("line", "words", "fault"),
    [
        ("hash-1: is not ready (ErrImagePull) -> read the log", ("ErrImagePull",), ""),
        ("hash-1: is not ready (ImagePullBackOff) -> read the log", ("ErrImagePull",), ""),
        ("hash-1: is not ready -> read the log", ("ErrImagePull",), "does not say ErrImagePull"),
        ("it failed", (), "expected one line with what to do"),
        ("first\nsecond -> do", (), "expected one line with what to do"),
    ],
)
def test_a_refusal_says_enough_in_one_line(line: str, words: tuple[str, ...], fault: str) -> None:
    found = wrong.unclear(line, words)
    assert found.endswith(fault)
    assert bool(found) == bool(fault)


def test_a_wrong_input_that_gets_through_is_a_finding() -> None:
    harmless = Wrong("a harmless thing", lambda _: None, ())
    with pytest.raises(FindingError, match="a harmless thing was not refused"):
        wrong.refuse(cast("Bench", None), [harmless])


def test_one_that_is_refused_for_another_reason_is_a_finding() -> None:
    def give(_: Bench) -> Path:
        raise ClusterError("the cluster is gone", fix="nox -s cluster")

    with pytest.raises(FindingError, match="does not say ErrImagePull"):
        wrong.refuse(cast("Bench", None), [Wrong("a thing", give, ("ErrImagePull",))])


def test_the_cause_is_looked_for_in_what_is_said_about_that_very_image() -> None:
    pulling = f"Failed to pull image portcullis.local/hash:{'f' * 40}@sha256:1: unexpected commit digest sha256:2"
    assert wrong.said([{}, {"message": pulling}], "f" * 40, "unexpected commit digest")
    assert not wrong.said([{"message": pulling}], "e" * 40, "unexpected commit digest")
    assert not wrong.said([{"message": pulling}], "f" * 40, "dial tcp")
    assert not wrong.said([], "f" * 40, "dial tcp")


def test_every_wrong_input_says_what_its_refusal_must_say() -> None:
    assert len({each.title for each in wrong.ALL}) == len(wrong.ALL) == 5
    assert all(each.words for each in wrong.ALL)
