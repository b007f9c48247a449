"""The kernel's counters, in both versions of control groups, as cgroups(7) and proc(5) lay them out."""

import os
from pathlib import Path

import pytest

from pipeline.load import control_group


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "ascii")


@pytest.mark.parametrize("controllers", ["cpuacct", "cpu,cpuacct"])
def test_version_1_counts_nanoseconds(tmp_path: Path, controllers: str) -> None:
    write(tmp_path / controllers / "docker/abc/cpuacct.usage", "2500000000\n")
    assert control_group.read(f"3:{controllers}:/docker/abc\n4:memory:/docker/abc\n0::/docker/abc/init.scope\n", tmp_path) == 2.5


def test_version_2_counts_microseconds(tmp_path: Path) -> None:
    write(tmp_path / "system.slice/docker-abc.scope/cpu.stat", "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\n")
    assert control_group.read("0::/system.slice/docker-abc.scope\n", tmp_path) == 1.5


@pytest.mark.parametrize("membership", ["", "0::/docker/abc\n", "2:cpuacct:/docker/abc\n"])
def test_a_group_that_is_not_there_is_an_error(tmp_path: Path, membership: str) -> None:
    with pytest.raises(OSError, match="No such file"):
        control_group.read(membership, tmp_path)


def process(root: Path, number: int, command: list[str], ticks: tuple[int, int]) -> None:
    write(root / str(number) / "cmdline", "\0".join([*command, ""]))
    write(root / str(number) / "stat", f"{number} (a) (b) S 1 1 1 0 -1 4194560 1 0 0 0 {ticks[0]} {ticks[1]} 0 0 20 0 8 0 1 1 1\n")


def test_the_processes_with_all_words_are_added_up(tmp_path: Path) -> None:
    second = os.sysconf("SC_CLK_TCK")
    process(tmp_path, 7, ["/usr/sbin/docker-proxy", "-host-port", "20001"], (second, second))
    process(tmp_path, 8, ["/usr/sbin/docker-proxy", "-host-port", "20002"], (second, second))
    process(tmp_path, 9, ["/usr/bin/other", "-host-port", "20001"], (second, second))
    (tmp_path / "self").mkdir()
    (tmp_path / "10").mkdir()  # it ends while it is looked at
    assert control_group.of_processes("docker-proxy", "-host-port", "20001", processes=tmp_path) == 2.0
    assert control_group.of_processes("docker-proxy", "-host-port", "20003", processes=tmp_path) == 0.0
