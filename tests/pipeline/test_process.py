import logging
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from pipeline import process
from pipeline.errors import CommandError, EngineError

PYTHON = sys.executable


def test_both_streams_and_the_exit_code_come_back() -> None:
    done = process.run([PYTHON, "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"], timeout=10, ok=(3,))
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")


def test_200_kb_on_both_streams_do_not_block() -> None:
    script = "import sys\nfor _ in range(2000):\n sys.stderr.write('e' * 99 + '\\n')\n sys.stdout.write('o' * 99 + '\\n')"
    done = process.run([PYTHON, "-c", script], timeout=30)
    assert (len(done.stdout), len(done.stderr)) == (200_000, 200_000)


def test_an_unexpected_exit_code_is_an_error_with_the_last_words() -> None:
    with pytest.raises(CommandError, match="exited 1: it broke"):
        process.run([PYTHON, "-c", "import sys; sys.exit('it broke')"], timeout=10)


def test_a_missing_program_is_one_line_with_the_next_step() -> None:
    with pytest.raises(CommandError) as caught:
        process.run(["no-such-program-anywhere"], timeout=1, fix="apt-get install it")
    assert str(caught.value) == "cannot start 'no-such-program-anywhere': No such file or directory -> apt-get install it"


def test_a_time_out_ends_the_descendants_too(tmp_path: Path) -> None:
    script = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])
open({str(tmp_path / "pid")!r}, 'w').write(str(child.pid))
time.sleep(60)
"""
    with pytest.raises(CommandError, match=r"did not end within 2 s"):
        process.run([PYTHON, "-c", script], timeout=2)
    grandchild = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 5
    while _alive(grandchild) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(grandchild)


def test_lines_are_seen_as_they_come_and_input_is_passed() -> None:
    seen: list[str] = []
    process.run([PYTHON, "-c", "print(input()[::-1])"], timeout=10, stdin="abc\n", on_line=seen.append)
    assert seen == ["cba"]


def test_the_environment_is_replaced_not_extended() -> None:
    done = process.run([PYTHON, "-c", "import os; print(sorted(k for k in os.environ if k != 'LC_CTYPE'))"], timeout=10, env={"ONLY": "1"})
    assert done.stdout == "['ONLY']\n"


def test_no_shell_reads_the_words() -> None:
    word = "$(touch pwned); `id` | cat > x"
    assert process.run([PYTHON, "-c", "import sys; print(sys.argv[1])", word], timeout=10).stdout == word + "\n"


def _alive(pid: int) -> bool:
    try:
        # A zombie counts as ended: in a container without an init nobody reaps orphans.
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False
    finally:
        assert pid != os.getpid()


def test_what_watches_a_program_can_end_it() -> None:
    calls: list[float] = []

    def watch() -> None:
        calls.append(time.monotonic())
        if len(calls) == 2:
            raise EngineError("seen enough", fix="none")

    began = time.monotonic()
    with pytest.raises(EngineError, match="seen enough"):
        process.run([PYTHON, "-c", "import time; time.sleep(60)"], timeout=60, watch=watch)
    assert time.monotonic() - began < 20
    assert len(calls) == 2


def test_a_watched_program_keeps_its_time_limit_and_its_output() -> None:
    assert process.run([PYTHON, "-c", "print('done')"], timeout=30, watch=lambda: None).stdout == "done\n"
    with pytest.raises(CommandError, match="did not end within"):
        process.run([PYTHON, "-c", "import time; time.sleep(60)"], timeout=1.5, watch=lambda: None)


def test_a_program_is_ended_at_its_moment_and_nothing_of_it_goes_on(tmp_path: Path) -> None:
    script = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])
open({str(tmp_path / "pid")!r}, 'w').write(str(child.pid))
time.sleep(60)
"""
    pid = tmp_path / "pid"
    code = process.ended(
        [PYTHON, "-c", script],
        when=lambda: pid.exists() and bool(pid.read_text()),
        end=lambda leader: os.killpg(leader, signal.SIGINT),
        within=30,
        after=10,
    )
    assert code == -signal.SIGINT
    assert not _alive(int(pid.read_text()))


def test_a_shells_background_job_still_starts_what_heeds_ctrl_c() -> None:
    # What is started inherits an ignored SIGINT, and Python then keeps it ignored.
    script = """
import os, signal, sys
from pipeline import process
sleep = [sys.executable, '-c', 'import time; time.sleep(60)']
end = lambda leader: os.killpg(leader, signal.SIGINT)
started = __import__('time').monotonic()
code = process.ended(sleep, when=lambda: __import__('time').monotonic() > started + 1, end=end, within=9, after=9)
print(code, signal.getsignal(signal.SIGINT) == signal.SIG_IGN)
"""
    ignore = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    ignoring = f"{ignore}os.execv(sys.executable, [sys.executable, '-c', {script!r}])"
    assert process.run([PYTHON, "-c", ignoring], timeout=30).stdout in {f"{code} True\n" for code in (-signal.SIGINT, 1)}


def test_a_program_that_never_comes_to_the_moment_is_an_error() -> None:
    with pytest.raises(CommandError, match=r"was not met where it should be ended \(exit 3\)"):
        process.ended([PYTHON, "-c", "raise SystemExit(3)"], when=lambda: False, end=lambda _leader: None, within=10, after=1)


def test_a_program_that_outlives_its_end_is_an_error() -> None:
    with pytest.raises(CommandError, match=r"did not end within 0.5 s of being told to"):
        process.ended(
            [PYTHON, "-c", "input = __import__('time').sleep(60)"], when=lambda: True, end=lambda _leader: None, within=1, after=0.5
        )


@pytest.mark.parametrize(("secret", "times"), [(False, 2), (True, 0)])
def test_what_a_program_prints_is_logged_unless_it_is_secret(monkeypatch: pytest.MonkeyPatch, *, secret: bool, times: int) -> None:
    logged: list[str] = []
    logger = logging.getLogger("of this test")
    logger.setLevel(logging.DEBUG)

    def kept(record: logging.LogRecord) -> bool:
        logged.append(record.getMessage())
        return False

    monkeypatch.setattr(logger, "filters", [kept])
    monkeypatch.setattr(process, "log", logger)
    script = "import sys; print('key' * 2); print('key' * 2, file=sys.stderr)"
    done = process.run([PYTHON, "-c", script], timeout=10, secret=secret)
    assert (done.stdout, done.stderr) == ("keykey\n", "keykey\n")
    assert logged.count("  keykey") == times
