"""CPU seconds of a container or a process of this machine, as the kernel counts them."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline import engine
from pipeline.errors import CommandError

_GROUPS, _PROCESSES = Path("/sys/fs/cgroup"), Path("/proc")
_HERE = "measure on the machine that the engine runs on, with Linux"


def of_container(name: str) -> float:
    """Return the CPU seconds that all processes of a container have used. Raises `CommandError` when this kernel does not count them."""
    pid = engine.container(name).get("State", {}).get("Pid", 0)
    try:
        return read((_PROCESSES / str(pid) / "cgroup").read_text("ascii"), _GROUPS)
    except OSError as error:
        raise CommandError(f"the CPU time of container {name} cannot be read: {error.strerror}", fix=_HERE) from error


def read(membership: str, root: Path) -> float:
    """Read the counter of the group that `/proc/PID/cgroup` names. Raises `OSError` when there is none.

    Source: cgroups(7). Version 1 has a tree per controller, version 2 one for all, whose line starts with 0::.
    """
    lines = [line.split(":", 2) for line in membership.splitlines()]
    for _, controllers, path in lines:
        if "cpuacct" in controllers.split(","):
            return int((root / controllers / path.lstrip("/") / "cpuacct.usage").read_text("ascii")) / 1e9
    path = next((path for number, _, path in lines if number == "0"), "/none")
    stat = dict(line.split() for line in (root / path.lstrip("/") / "cpu.stat").read_text("ascii").splitlines())
    return int(stat["usage_usec"]) / 1e6


def of_processes(program: str, *words: str, processes: Path = _PROCESSES) -> float:
    """Return the CPU seconds of every process of this machine whose command starts with `program` and has all `words`."""
    return sum(_cpu(each) for each in processes.iterdir() if each.name.isdigit() and _is(each, program, words))


def _is(process: Path, program: str, words: tuple[str, ...]) -> bool:
    try:
        command = (process / "cmdline").read_text("utf-8", "replace").split("\0")
    except OSError:
        return False  # it has ended
    return Path(command[0]).name == program and set(words) <= set(command)


def _cpu(process: Path) -> float:
    """User and system time. Source: proc(5), /proc/PID/stat, fields 14 and 15; the name in field 2 may contain anything."""
    try:
        fields = (process / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
