"""Background programs, with real processes."""

import gc
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.daemon import Daemon, born
from pipeline.errors import CommandError


def script(folder: Path, text: str) -> list[str | Path]:
    ready = f"import time\ndef ready(): open({str(folder / 'ready')!r}, 'w').close()\n"
    return [sys.executable, "-c", ready + text]


def started(folder: Path, text: str = "ready(); time.sleep(60)") -> Daemon:
    daemon = Daemon("sleeper", folder)
    daemon.start(script(folder, text), ready=(folder / "ready").exists, seconds=10)
    return daemon


def test_it_runs_until_it_is_stopped(tmp_path: Path) -> None:
    daemon = started(tmp_path)
    pid = json.loads((tmp_path / "sleeper.json").read_text())["pid"]
    assert daemon.known()
    assert daemon.alive()
    assert os.getsid(pid) == pid
    assert daemon.stop(seconds=5)
    assert not daemon.alive()
    assert not daemon.known()
    assert not Path(f"/proc/{pid}").exists()
    assert not daemon.stop(seconds=5)


def test_one_that_outlives_its_starter_is_found_again_and_warns_nobody(tmp_path: Path) -> None:
    text = f"""
import gc, sys, warnings
from pathlib import Path
sys.path.insert(0, {str(Path.cwd())!r})
warnings.simplefilter("error")
from tests.pipeline.test_daemon import started
started(Path({str(tmp_path)!r}))
gc.collect()
"""
    done = subprocess.run([sys.executable, "-X", "dev", "-c", text], capture_output=True, text=True, timeout=30, check=False)
    daemon = Daemon("sleeper", tmp_path)
    try:
        assert (done.returncode, done.stderr) == (0, "")
        assert daemon.alive()
    finally:
        assert daemon.stop(seconds=5)


def test_starting_one_leaves_no_open_process_object_behind(tmp_path: Path) -> None:
    # A forgotten subprocess.Popen warns when it is collected, in whatever test then happens to run.
    daemon = started(tmp_path)
    try:
        gc.collect()
        assert not [each for each in gc.get_objects() if isinstance(each, subprocess.Popen) and each.returncode is None]
    finally:
        daemon.stop(seconds=5)


def test_one_that_will_not_end_is_killed_with_its_group(tmp_path: Path) -> None:
    stubborn = "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nready(); time.sleep(60)"
    daemon = started(tmp_path, stubborn)
    clock = time.monotonic()
    assert daemon.stop(seconds=0.3)
    assert time.monotonic() - clock < 5
    assert not daemon.alive()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("print('one'); raise SystemExit('it broke')", "sleeper did not start: one | it broke"),
        ("time.sleep(60)", "sleeper did not start: it said nothing"),
    ],
)
def test_one_that_does_not_get_ready_is_gone_and_its_last_words_are_told(tmp_path: Path, text: str, said: str) -> None:
    daemon = Daemon("sleeper", tmp_path)
    with pytest.raises(CommandError) as caught:
        daemon.start(script(tmp_path, f"import sys; sys.stdout.reconfigure(line_buffering=True)\n{text}"), ready=lambda: False, seconds=1.5)
    assert caught.value.what == said
    assert caught.value.fix == f"read {tmp_path / 'sleeper.log'}"
    assert not daemon.known()


def test_a_missing_program_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot start 'no-such-program-anywhere': No such file or directory"):
        Daemon("none", tmp_path).start(["no-such-program-anywhere"], ready=lambda: True, seconds=1)


@pytest.mark.parametrize("note", ["", "{", "[]", "null", '{"pid": 1}', '{"pid": "x", "born": "1"}', '{"pid": 4194304999, "born": ""}'])
def test_a_damaged_note_names_no_process(tmp_path: Path, note: str) -> None:
    (tmp_path / "sleeper.json").write_text(note)
    daemon = Daemon("sleeper", tmp_path)
    assert not daemon.alive()
    assert not daemon.stop(seconds=1)
    assert not daemon.known()


def test_a_later_process_of_the_same_number_is_another(tmp_path: Path) -> None:
    (tmp_path / "sleeper.json").write_text(json.dumps({"pid": os.getpid(), "born": "1"}))
    assert born(os.getpid()).isdigit()
    assert not Daemon("sleeper", tmp_path).alive()
