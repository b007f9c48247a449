"""The whole of it: on this machine, and on one where everything is broken."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import workspace
from pipeline.commit import Commit
from pipeline.doctor import stage
from pipeline.doctor.stage import CHECKS
from pipeline.doctor.verdict import Check, Verdict, fail, fine, warn
from pipeline.errors import FindingError
from pipeline.stage import Run
from pipeline.workspace import Workspace

PLACE = workspace.locate()


def check(name: str, said: Callable[[Workspace], Verdict]) -> Check[Verdict]:
    return Check(name, said, lambda verdict: verdict)


def raising(error: Exception) -> Callable[[Workspace], Verdict]:
    def look(_place: Workspace) -> Verdict:
        raise error

    return look


def test_every_check_says_something_about_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTCULLIS_OFFLINE", "1")  # fast tests ask nobody
    found = stage.examine(PLACE)
    assert list(found) == [check.name for check in CHECKS]
    assert all(verdict.found for verdict in found.values())
    assert all(bool(verdict.fix) == (verdict.level != "fine") for verdict in found.values())


def test_no_two_checks_share_a_name() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_a_look_that_fails_is_a_warning_and_stops_no_other() -> None:
    found = stage.examine(PLACE, [check("broken", raising(PermissionError("no"))), check("whole", lambda _: fine("well"))])
    assert found["broken"].level == "warn"
    assert found["broken"].found == "could not be looked at: PermissionError: no"
    assert found["whole"] == fine("well")


def test_a_look_that_hangs_is_a_warning_in_time() -> None:
    started, release = time.monotonic(), threading.Event()

    def hang(_place: Workspace) -> Verdict:
        release.wait(30)
        return fine("late")

    found = stage.examine(PLACE, [check("hanging", hang), check("whole", lambda _: fine("well"))], seconds=0.2)
    release.set()
    assert found["hanging"].found == "did not end within 0.2 s"
    assert found["whole"] == fine("well")
    assert time.monotonic() - started < 5


def test_on_a_machine_without_programs_every_check_still_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = stage.examine(workspace.locate(environment={"HOME": str(tmp_path)}))
    assert list(found) == [check.name for check in CHECKS]
    assert found["clone"].level == "warn"
    assert found["clone"].found.startswith("could not be looked at: CommandError: cannot start 'git'")
    assert found["engine"].level in {"fine", "fail"}


def doctor(monkeypatch: pytest.MonkeyPatch, *verdicts: Verdict) -> Run:
    run = Run(PLACE, Commit("a" * 40, 1))
    monkeypatch.setattr(stage, "examine", lambda _place: {f"check {number}": verdict for number, verdict in enumerate(verdicts)})
    stage.doctor(run)
    return run


def test_warnings_leave_it_green(monkeypatch: pytest.MonkeyPatch) -> None:
    run = doctor(monkeypatch, fine("a"), warn("b", "do"))
    assert run.summary == "a run would work here, with tools from source; 1 checks are fine, 1 warn"
    assert run.figures["checks"]["check 1"] == {"level": "warn", "found": "b", "fix": "do"}


def test_one_that_fails_makes_it_red_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FindingError) as error:
        doctor(monkeypatch, warn("a", "do"), fail("bad", "mend it"), fail("worse", "mend that"))
    assert str(error.value) == "a run would not work here: check 1: bad (and 1 more) -> mend it"


def test_the_table_shows_marks_and_takes_brackets_literally() -> None:
    drawn = stage.table({"one": fine("[red]well[/]"), "two": warn("so", "do"), "three": fail("bad", "mend")})
    assert [str(cell) for cell in drawn.columns[0].cells] == ["✓", "!", "✗"]
    assert [str(cell) for cell in drawn.columns[2].cells] == ["[red]well[/]", "so", "bad"]
