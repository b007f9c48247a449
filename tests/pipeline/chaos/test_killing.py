"""A run is met where it should be killed, and nothing of it is overlooked."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.chaos import killing


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("12:00 + docker load --input x\n", True),
        ("12:00   docker load is what it printed\n", False),
        ("12:00 + docker image inspect x\n", False),
        ("", False),
    ],
)
def test_a_moment_is_a_command_in_the_log(tmp_path: Path, text: str, there: bool) -> None:  # noqa: FBT001 - a parameter of the table
    (tmp_path / "build.log").write_text(text)
    assert killing.reached(tmp_path / "build.log", "docker load") is there


def test_a_stage_that_has_not_begun_has_reached_nothing(tmp_path: Path) -> None:
    assert not killing.reached(tmp_path / "build.log", "docker load")


def test_whatever_a_run_starts_is_found_by_its_mark_and_nothing_else() -> None:
    sleeping = [sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(flush=True); input()'])"]
    with subprocess.Popen(sleeping, env=killing.environment("abc"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        found = {*killing.marked("abc")}
        child.communicate("\n")
    assert child.pid in found
    assert len(found) == 2
    assert os.getpid() not in found
    assert [*killing.marked("abc")] == [*killing.marked("ab")] == []


def test_an_outer_runs_console_and_mark_stay_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTCULLIS_CONSOLE", "/dev/null")
    monkeypatch.setenv("PORTCULLIS_CHAOS", "outer")
    assert {"PORTCULLIS_CONSOLE", "PORTCULLIS_CHAOS"} & killing.environment().keys() == set()
    assert killing.environment("mine")["PORTCULLIS_CHAOS"] == "mine"


@pytest.mark.parametrize(("lives", "waits", "goes_on"), [(0.3, 10.0, False), (10.0, 0.3, True)])
def test_what_is_about_to_end_does_not_go_on(lives: float, waits: float, *, goes_on: bool) -> None:
    child = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({lives})"], env=killing.environment("farewell"))
    try:
        time.sleep(0.1)
        assert bool(killing.lasting("farewell", waits)) is goes_on
    finally:
        child.kill()
        child.wait()
