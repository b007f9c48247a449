"""Words after `--` reach the stages that they were meant for, and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import words


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        ([], []),
        (["-s", "load", "--", "--long"], ["load"]),
        (["-s", "load", "pentest"], ["load", "pentest"]),
        (["-e", "load", "--session", "pentest", "-j", "4"], ["load", "pentest"]),
        (["--sessions=load"], ["load"]),
        (["-R", "--", "-s", "load"], []),
        (["-l"], []),
    ],
)
def test_the_stages_that_were_named_are_known(argv: list[str], named: list[str]) -> None:
    assert words.asked(argv) == named


def test_a_stages_own_words_reach_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTCULLIS_ASKED", "")
    words.hand_down(["-s", "pentest", "--", "--prove", "--strict"])
    assert words.for_stage("pentest", ["--prove", "--strict"]) == ("--prove", "--strict")
    assert words.for_stage("unit", ["--prove", "--strict"]) == ("--strict",)


def test_a_stage_that_nox_starts_by_itself_keeps_what_the_person_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTCULLIS_ASKED", "")
    words.hand_down(["-s", "pentest", "--", "--prove"])
    words.hand_down(["-s", "unit", "--parallel-worker", "--", "--prove"])
    assert words.for_stage("unit", ["--prove"]) == ()


@given(st.lists(st.text(), max_size=4))
def test_without_a_named_stage_every_word_reaches_everybody(given_words: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTCULLIS_ASKED", "")
        assert words.for_stage("lint", given_words) == tuple(given_words)


@pytest.mark.parametrize("noted", [None, "yesterday"])
def test_a_beginning_that_nobody_noted_is_zero(noted: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTCULLIS_BEGAN", raising=False)
    if noted:
        monkeypatch.setenv("PORTCULLIS_BEGAN", noted)
    assert words.began() == 0.0


def test_all_stages_of_one_command_know_when_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTCULLIS_ASKED", "")
    monkeypatch.setenv("PORTCULLIS_BEGAN", "")
    assert words.began() == 0.0
    words.hand_down(["-s", "unit"])
    began = words.began()
    words.hand_down(["-s", "unit", "--parallel-worker"])
    assert words.began() == began > 1e9
