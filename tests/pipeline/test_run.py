"""`./run` before there is an environment: its words for a shell's completion, and its errors of one line."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from pipeline.workspace import ROOT
from tests.support import clean_environment

_TRY = """
source <(./run --completion bash)
COMP_WORDS=({words}) COMP_CWORD={last}
_portcullis_run
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def run(*words: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    env = clean_environment() if environment is None else environment
    return subprocess.run([ROOT / "run", *words], env=env, capture_output=True, text=True, timeout=20, check=False)


def completed(*words: str) -> list[str]:
    script = _TRY.format(words=" ".join(f"'{word}'" for word in words), last=len(words) - 1)
    done = subprocess.run(["bash", "--norc", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True)
    return done.stdout.split()


def test_the_stages_are_those_of_the_noxfile_each_with_what_it_does() -> None:
    source = (ROOT / "noxfile.py").read_text()
    wanted = re.findall(r'^def (\w+)\(run: Run\) -> None:\n    """(.+)"""$', source, re.MULTILINE)
    assert len(wanted) == source.count("\n@nox.session") == source.count("\n@stage\n")
    assert run("--completion", "stages").stdout == "".join(f"{name.replace('_', '-')}\t{text}\n" for name, text in wanted)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("./run", "-s", "dep"), ["deps", "deploy"]),
        (("./run", "-s", "lint", "drift-"), ["drift-proof"]),
        (("./run", "-s", "lint", "-"), ["--"]),
        (("./run", "-s", "deps", "--", "--s"), ["--strict"]),
        (("./run", "-"), ["-l", "-s", "--completion"]),
        (("./run", "-s", "nothing-of-that-name"), []),
    ],
)
def test_bash_offers_what_fits(words: tuple[str, ...], found: list[str]) -> None:
    assert completed(*words) == found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    assert run("--completion", shell).stdout == (ROOT / "completion" / f"run.{shell}").read_text()


def bare(folder: Path, *without: str, **variables: str) -> dict[str, str]:
    """An environment whose PATH has what ./run needs, except some."""
    for name in {"awk", "cat", "cut", "df", "dirname", "flock", "git", "id", "mkdir", "python3", "sha256sum", "sh"} - set(without):
        (folder / name).symlink_to(next(path for part in os.environ["PATH"].split(":") if (path := Path(part, name)).exists()))
    return {"PATH": str(folder), "HOME": str(folder)} | variables


@pytest.mark.parametrize(
    ("without", "variables", "line"),
    [
        ("git", {}, "run: git is missing -> install it (apt-get install git util-linux coreutils)"),
        ("flock", {}, "run: flock is missing -> install it (apt-get install git util-linux coreutils)"),
        ("python3", {}, "run: no Python from 3.11 on is on the PATH -> install one (apt-get install python3 python3-venv)"),
        (
            "",
            {"PORTCULLIS_SUPPLIER": "elsewhere"},
            "run: PORTCULLIS_SUPPLIER=elsewhere is unknown -> unset it, or export PORTCULLIS_SUPPLIER=source",
        ),
        ("", {"HOME": ""}, "run: neither HOME nor XDG_CACHE_HOME is set -> export HOME=FOLDER"),
    ],
)
def test_what_is_missing_is_one_line_with_what_to_type(tmp_path: Path, without: str, variables: dict[str, str], line: str) -> None:
    done = run("-l", environment=bare(tmp_path, without, **variables))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == line


def test_an_output_file_gets_every_line_of_everybody_who_writes_to_it(tmp_path: Path) -> None:
    environment = bare(tmp_path)
    stages = tmp_path / "devbox"
    stages.write_text('#!/bin/sh\necho one\necho two >>"$PORTCULLIS_CONSOLE"\necho three\necho four >>"$PORTCULLIS_CONSOLE"\n')
    stages.chmod(0o755)
    with (tmp_path / "log").open("wb") as log:
        subprocess.run([ROOT / "run"], env=environment, stdout=log, stderr=log, timeout=20, check=True)
    assert (tmp_path / "log").read_text().split("\n")[1:] == ["one", "two", "three", "four", ""]


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("-l", environment=bare(tmp_path, XDG_CACHE_HOME=str(tmp_path / "file")))
    assert done.returncode == 2
    assert f"{tmp_path}/file/portcullis/python cannot be written -> " in done.stderr.splitlines()[-1]


def test_an_unknown_shell_is_told_the_known_ones() -> None:
    assert run("--completion", "csh").stderr == "run: --completion csh is unknown -> ./run --completion bash (or zsh, fish)\n"
