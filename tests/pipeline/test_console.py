"""Progress reaches a person once: by the stage's own output where that is seen at once, and else by the console."""

import subprocess
import sys
from pathlib import Path

from pipeline.workspace import ROOT
from tests.support import clean_environment

_STAGE = """
import logging, sys
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
from pipeline import console
console.progress("half way")
"""


def shown(console: Path, stdout: Path) -> str:
    environment = {**clean_environment(), "PORTCULLIS_CONSOLE": str(console), "PYTHONPATH": str(ROOT)}
    with stdout.open("a") as output:
        subprocess.run([sys.executable, "-c", _STAGE], env=environment, stdout=output, timeout=20, check=True)
    return console.read_text()


def test_a_stage_whose_output_is_the_console_is_shown_once(tmp_path: Path) -> None:
    assert shown(tmp_path / "log", tmp_path / "log") == "half way\n"


def test_a_stage_whose_output_is_kept_until_it_ends_is_shown_on_the_console(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    assert shown(tmp_path / "log", tmp_path / "kept") == "half way\n"
    assert (tmp_path / "kept").read_text() == "half way\n"


def test_a_console_that_is_gone_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "console").mkdir()
    shown_to_nobody = {**clean_environment(), "PORTCULLIS_CONSOLE": str(tmp_path / "console"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", _STAGE], env=shown_to_nobody, capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "half way\n"
