"""Runs inside the closed world as its first process: closes it, tries the ears, runs everything, tries them again, and writes it down."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipeline import engine, process, store, workspace
from pipeline.cluster import node
from pipeline.errors import CommandError
from pipeline.offline import ears, observed, world
from pipeline.offline.ears import Ears
from pipeline.offline.observed import Observed
from pipeline.workspace import Workspace

CLONE, ANSWER = "clone", "observed.json"
HEARD = "heard at the border: "
RUN_SECONDS = 2700
_COMMAND = ("./run", "--", "--no-cache")
_TRY_SECONDS, _HEARD_SECONDS, _SETTLE_SECONDS = 1.0, 3.0, 1.0


def main(scratch: Path) -> None:
    """Close this world, run the pipeline of the clone in `scratch`, and write what was observed beside it."""
    place = workspace.locate()
    for command in (*world.mounts(scratch, place.cache), *world.cards()):
        process.run(command, timeout=10)
    with ears.listening(world.SERVER, world.BORDER) as heard:
        controls = {"no engine of the machine answers": not engine.answers(), **tried(heard, "before")}
        asked, left, counted = len(heard.asked), len(heard.left), ears.counted(world.BORDER)
        began = time.monotonic()
        env = world.environment(os.environ, scratch)
        watch = _teller(heard)
        done = process.run(_COMMAND, cwd=scratch / CLONE, env=env, timeout=RUN_SECONDS, ok=None, on_line=_say, watch=watch)
        seconds = round(time.monotonic() - began, 1)
        time.sleep(_SETTLE_SECONDS)  # what was just sent is still on its way to the ears
        counted = ears.counted(world.BORDER) - counted
        during = tuple(heard.asked[asked:]), tuple(heard.left[left:])
        controls |= tried(heard, "after") | {"a container's packet is heard, after": _container(place, heard)}
    said = Observed(done.returncode, seconds, *during, counted=counted, controls=controls, tail=done.tail)
    store.write(scratch / ANSWER, observed.text(said))


def tried(heard: Ears, when: str) -> dict[str, bool]:
    """Try to get out on purpose, in every way; each must fail and be heard."""
    asked, left = len(heard.asked), len(heard.left)

    def is_heard(wanted: str) -> bool:
        return _becomes(lambda: any(each.startswith(wanted) for each in [*heard.asked[asked:], *heard.left[left:]]))

    return {
        f"a connection fails and is heard, {when}": not _reached(world.SOMEBODY) and is_heard(f"tcp {world.SOMEBODY}:443"),
        f"one over IPv6 too, {when}": not _reached(world.SOMEBODY6) and is_heard(f"tcp [{world.SOMEBODY6}]:443"),
        f"a name is not found and the question is heard, {when}": not _resolved() and is_heard(world.NOBODY),
        f"another name server is not reached and that is heard, {when}": _sent() and is_heard(f"udp {world.OTHER_SERVER}:53"),
    }


def _container(place: Workspace, heard: Ears) -> bool:
    """Let a container on the engine's open default network call out: forwarded packets must be heard as well as the machine's own."""
    before, wanted = len(heard.left), f"tcp {world.SOMEBODY}:444"
    call = ["curl", "--silent", "--max-time", "2", f"http://{world.SOMEBODY}:444/"]
    try:
        done = process.run([engine.DOCKER, "run", "--rm", f"--entrypoint={call[0]}", node.own_image(place), *call[1:]], timeout=60, ok=None)
    except CommandError:
        return False
    return done.returncode != 0 and _becomes(lambda: wanted in heard.left[before:])


def _reached(address: str) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((address, 443), timeout=_TRY_SECONDS):
        return True
    return False


def _resolved() -> bool:
    with contextlib.suppress(OSError):
        return bool(socket.getaddrinfo(world.NOBODY, 443))
    return False


def _sent() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        return plain.sendto(b"\0" * 12, (world.OTHER_SERVER, 53)) > 0


def _becomes(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _HEARD_SECONDS
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return true()


def _teller(heard: Ears) -> Callable[[], None]:
    """Return what says whatever was newly heard, so that it stands beside what was done at that moment."""
    told = set(heard.asked) | set(heard.left)

    def tell() -> None:
        for each in [*heard.asked, *heard.left]:
            if each not in told:
                told.add(each)
                _say(f"{HEARD}{each}")

    return tell


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - to whoever started this world


if __name__ == "__main__":
    main(Path(sys.argv[1]))
