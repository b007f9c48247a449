"""What a filter has not looked at is told, and a reader that stops early is no failure."""

import subprocess
import sys

from pipeline import workspace
from pipeline.logs import stage
from pipeline.logs.line import Line
from pipeline.logs.wish import Wish


def test_a_log_that_was_not_looked_through_is_told() -> None:
    lines = [Line("2026-11-24T14:00:00Z", "hash-1", {})] * stage._LOOKED_THROUGH + [Line("2026-11-24T14:00:00Z", "hash-2", {})]
    assert stage.cut(lines, Wish(status="5xx")) == "; of hash-1 only the newest 20000 lines were looked through: take a shorter --since"
    assert stage.cut(lines, Wish()) == stage.cut(lines[1:], Wish(status="5xx")) == ""


def test_a_reader_may_stop_when_it_likes() -> None:
    code = (
        "from pipeline.logs import stage\nfrom pipeline.logs.line import Line\n"
        "stage.show([Line('2026-11-24T14:00:00Z', 'hash-1', {'status': 200})] * 50000, as_json=True)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=workspace.ROOT)
    assert writer.stdout
    assert writer.stderr
    assert writer.stdout.readline() == b'{"status": 200, "instance": "hash-1"}\n'
    writer.stdout.close()
    assert (writer.stderr.read(), writer.wait(30)) == (b"", 0)
    writer.stderr.close()
