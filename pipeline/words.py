"""The words after `--`: Nox hands them to every stage that a run needs, and here each stage gets those that were meant for it.

Words for the gates go to every stage, since every run begins with gates; all others go to the stages that were asked for by name.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

NO_CACHE, STRICT = "--no-cache", "--strict"
_EVERYBODYS = {NO_CACHE, STRICT}
_WORKER = "--parallel-worker"
# Stages that run side by side are processes of their own, each started for itself alone: what the person asked for is handed down.
_VARIABLE, _BEGAN_VARIABLE = "PORTCULLIS_ASKED", "PORTCULLIS_BEGAN"


def hand_down(argv: Sequence[str] = tuple(sys.argv[1:])) -> None:
    """Remember which stages this Nox was asked for, and when; one that another Nox started was told already."""
    if _WORKER not in argv:
        os.environ[_VARIABLE] = " ".join(asked(argv))
        os.environ[_BEGAN_VARIABLE] = str(time.time())


def began() -> float:
    """When the command began that this stage is a part of (Unix time), 0 when nobody wrote it down."""
    try:
        return round(float(os.environ.get(_BEGAN_VARIABLE, "0")), 3)
    except ValueError:
        return 0.0


def asked(argv: Sequence[str]) -> list[str]:
    """Return the stages that a command line of Nox names, none when it leaves the choice to the noxfile."""
    options = argv[: argv.index("--")] if "--" in argv else argv
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("-s", "-e", "--sessions", "--session", nargs="*", action="extend", default=[], dest="names")
    return list(parser.parse_known_args(list(options))[0].names)


def for_stage(name: str, words: Sequence[str]) -> tuple[str, ...]:
    """Return the words that are meant for a stage."""
    named = os.environ.get(_VARIABLE, "").split()
    return tuple(word for word in words if not named or name in named or word in _EVERYBODYS)
