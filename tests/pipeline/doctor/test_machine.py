"""What is said about a machine, a kernel, a clock, a port and a clone, for good ones and for each way to be bad."""

import socket
from dataclasses import replace

import pytest

from pipeline import workspace
from pipeline.cluster import lifecycle
from pipeline.doctor import machine
from pipeline.doctor.machine import Clock, Kernel, Port, Size, Tree
from pipeline.doctor.verdict import Level
from pipeline.inotify import Usage

KERNEL = Kernel("6.1", overlay=True, bridge=True, iptables=True, userns=True, inotify=Usage(512, 31), watches=100_000)
SIZE = Size(cores=4, total=16000, free=12000, cluster=6000, cluster_cores=2)
TREE = Tree("2.39.5", shallow=False, changed=0)
CLOCK = Clock(engine=0.4, files=0.0, commit=-60)


@pytest.mark.parametrize(
    ("seen", "level", "word"),
    [
        (("Linux", "x86_64", (3, 11)), "fine", "Linux on x86_64"),
        (("Linux", "aarch64", (3, 14)), "fine", "aarch64"),
        (("Linux", "riscv64", (3, 13)), "fail", "riscv64"),
        (("Darwin", "arm64", (3, 13)), "fail", "Darwin"),
        (("Linux", "x86_64", (3, 10)), "fail", "Python 3.10"),
    ],
)
def test_system(seen: tuple[str, str, tuple[int, int]], level: Level, word: str) -> None:
    verdict = machine.judge_system(seen)
    assert (verdict.level, word in verdict.found) == (level, True)


@pytest.mark.parametrize(
    ("change", "level", "fix"),
    [
        ({}, "fine", ""),
        ({"shallow": True}, "fail", "git fetch --unshallow"),
        ({"changed": 3}, "warn", "git commit, or git stash"),
        ({"shallow": True, "changed": 3}, "fail", "git fetch --unshallow"),
    ],
)
def test_clone(change: dict[str, object], level: Level, fix: str) -> None:
    verdict = machine.judge_tree(replace(TREE, **change))  # type: ignore[arg-type]
    assert (verdict.level, verdict.fix) == (level, fix)


@pytest.mark.parametrize(
    ("change", "level", "found"),
    [
        ({}, "fine", "agrees with files, commit and engine"),
        ({"engine": None}, "fine", "agrees with files, commit"),
        ({"commit": 3600.0}, "fail", "the newest commit is 3600 s in the future"),
        ({"engine": -90.0}, "fail", "the container engine's clock is -90 s off"),
        ({"files": 30.0}, "warn", "new files are dated +30 s off: the cache is on another machine"),
    ],
)
def test_clock(change: dict[str, object], level: Level, found: str) -> None:
    verdict = machine.judge_clock(replace(CLOCK, **change))  # type: ignore[arg-type]
    assert (verdict.level, verdict.found) == (level, found)


@pytest.mark.parametrize(
    ("change", "level", "word"),
    [
        ({}, "fine", "4 cores"),
        ({"cores": 1}, "fail", "2 cores are needed"),
        ({"cores": 3, "cluster_cores": 4}, "fail", "4 cores are needed"),
        ({"total": 7000}, "fail", "7500 MB are needed"),
        ({"free": 5000}, "warn", "7500 MB are wanted"),
    ],
)
def test_cores_and_memory(change: dict[str, object], level: Level, word: str) -> None:
    verdict = machine.judge_size(replace(SIZE, **change))  # type: ignore[arg-type]
    assert (verdict.level, word in verdict.found) == (level, True)


@pytest.mark.parametrize(
    ("change", "level", "word"),
    [
        ({}, "fine", "31 of 512 inotify instances"),
        ({"inotify": None}, "fine", "6.1"),
        ({"inotify": Usage(128, None)}, "fine", "some of 128"),
        ({"inotify": Usage(128, 97)}, "fail", "97 of 128 inotify instances are in use, a cluster needs 32"),
        ({"overlay": False}, "fail", "overlay"),
        ({"bridge": False}, "fail", "br_netfilter"),
        ({"iptables": False}, "fail", "iptables"),
        ({"userns": False}, "warn", "user namespaces"),
        ({"watches": 8192}, "warn", "8192 inotify watches"),
    ],
)
def test_kernel(change: dict[str, object], level: Level, word: str) -> None:
    verdict = machine.judge_kernel(replace(KERNEL, **change))  # type: ignore[arg-type]
    assert (verdict.level, word in verdict.found) == (level, True)


@pytest.mark.parametrize(
    ("seen", "level", "fix"),
    [
        (Port(20080, free=True, ours=False), "fine", ""),
        (Port(20080, free=False, ours=True), "fine", ""),
        (Port(20080, free=False, ours=False), "fail", "export PORTCULLIS_PORT=20081 (any free port)"),
    ],
)
def test_port(seen: Port, level: Level, fix: str) -> None:
    verdict = machine.judge_port(seen)
    assert (verdict.level, verdict.fix) == (level, fix)


def test_the_clock_agrees_with_the_files_made_now() -> None:
    assert abs(machine.clock(workspace.locate()).files) < 2


def test_a_port_that_is_listened_on_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]
        assert not lifecycle.port_is_free(number)
    assert lifecycle.port_is_free(number)
