"""What of other clones is called a leftover: only what nobody will take away, and never what a clone still uses."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import engine, workspace
from pipeline.doctor import leftovers
from pipeline.doctor.leftovers import Left
from pipeline.doctor.verdict import Level


@pytest.mark.parametrize(
    ("seen", "level", "found"),
    [
        ([], "fine", "none"),
        ([Left("aaaaaaaa", "/there", there=True, engine=True)], "fine", "none; 1 other clones have a state here"),
        ([Left("aaaaaaaa", "", there=False, engine=False)], "fine", "none; 1 other clones have a state here"),
        ([Left("aaaaaaaa", "/gone", there=False, engine=False)], "warn", "1, the first of /gone, which is gone"),
        (
            [Left("aaaaaaaa", "", there=False, engine=True), Left("bbbbbbbb", "/gone", there=False, engine=True)],
            "warn",
            "2, the first of a clone that nobody wrote down: make sure that it is gone",
        ),
    ],
)
def test_leftovers(seen: list[Left], level: Level, found: str) -> None:
    verdict = leftovers.judge(seen)
    assert (verdict.level, verdict.found) == (level, found)
    assert verdict.fix == ("nox -s destroy -- --instance=aaaaaaaa" if level == "warn" else "")


def test_names_of_ours_alone_speak_of_instances() -> None:
    names = ["portcullis-0123abcd", "portcullis-0123abcd-textbook", "portcullis-xyz", "other-0123abcd", "portcullis-0123abcde"]
    assert leftovers.instances("portcullis", names) == ["0123abcd", "0123abcd"]


def test_states_are_told_apart_by_whether_their_clone_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "DOCKER", "no-such-program")
    place = replace(workspace.locate(), state=tmp_path / "00000000", instance="00000000")
    for name, owner in {"00000000": "", "aaaaaaaa": str(place.root), "bbbbbbbb": "/gone", "cccccccc": "", "signing": ""}.items():
        (tmp_path / name).mkdir()
        if owner:
            (tmp_path / name / workspace.OWNER).write_text(owner)
    assert leftovers.look(place) == [
        Left("aaaaaaaa", str(place.root), there=True, engine=False),
        Left("bbbbbbbb", "/gone", there=False, engine=False),
        Left("cccccccc", "", there=False, engine=False),
    ]
