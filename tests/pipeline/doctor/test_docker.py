"""What is said about the engine, for each way to have none and each kind of one."""

from dataclasses import replace

import pytest

from pipeline.doctor import docker
from pipeline.doctor.docker import Engine
from pipeline.doctor.verdict import Level

GOOD = Engine(client=True, version="28.2.2", driver="overlay2", socket=True)
NONE = Engine(client=True, error="Cannot connect to the Docker daemon")


@pytest.mark.parametrize(
    ("change", "level", "found"),
    [
        ({}, "fine", "Docker 28.2.2 answers (overlay2)"),
        ({"version": "20.10.24+dfsg1"}, "fine", "Docker 20.10.24+dfsg1 answers (overlay2)"),
        ({"version": "19.03.15"}, "fail", "Docker 19.03.15 answers (overlay2), too old"),
        ({"driver": "vfs"}, "warn", "Docker 28.2.2 answers (vfs): copies whole file systems"),
        ({"rootless": True}, "warn", "Docker 28.2.2 answers (overlay2, rootless): not tried, the cluster's way out is closed by iptables"),
    ],
)
def test_an_engine_that_answers(change: dict[str, object], level: Level, found: str) -> None:
    verdict = docker.judge(replace(GOOD, **change))  # type: ignore[arg-type]
    assert (verdict.level, verdict.found) == (level, found)


@pytest.mark.parametrize(
    ("change", "level", "fix"),
    [
        ({}, "fail", "sudo systemctl start docker, or start Docker Desktop"),
        ({"client": False}, "fail", "install Docker and start it, or run as root on Debian"),
        ({"installs": True}, "fine", ""),
        ({"client": False, "installs": True}, "fine", ""),
        ({"host": "tcp://10.0.0.1:2375", "installs": True}, "fail", "start it, or unset DOCKER_HOST"),
        (
            {"socket": True, "error": "dial unix /var/run/docker.sock: connect: permission denied"},
            "fail",
            "sudo usermod -aG docker $USER, then log in again",
        ),
    ],
)
def test_no_engine_that_answers(change: dict[str, object], level: Level, fix: str) -> None:
    verdict = docker.judge(replace(NONE, **change))  # type: ignore[arg-type]
    assert (verdict.level, verdict.fix) == (level, fix)
