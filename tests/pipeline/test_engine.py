"""The engine's pure parts; starting one is part of every end-to-end test."""

import os
from pathlib import Path

import pytest

from pipeline import engine
from pipeline.errors import EngineError


@pytest.mark.parametrize(
    ("bounding", "needed"), [("000001ffffffffff", False), ("000001fffeffffff", True), ("0000000001000000", False), ("0", True)]
)
def test_the_shim_is_needed_exactly_without_the_capability(bounding: str, needed: bool) -> None:  # noqa: FBT001 - a table's column
    assert engine.shim_needed(f"Name:\tx\nCapBnd:\t{bounding}\nCapAmb:\t0\n") == needed


def test_docker_is_told_nothing_where_nothing_is_missing() -> None:
    assert engine.daemon_settings(None) == {}
    assert engine.daemon_settings(Path("/shim"))["default-runtime"] == "runc-shim"


def test_a_full_disk_is_refused_before_work_begins() -> None:
    engine.require_space(Path("/x"), engine.LEAST_FREE_GIB << 30)
    with pytest.raises(EngineError, match=r"/x has 1\.0 GiB free, 10 are needed -> "):
        engine.require_space(Path("/x"), 1 << 30)


def test_a_stale_pid_file_goes_and_a_living_daemons_stays(tmp_path: Path) -> None:
    file = tmp_path / "docker.pid"
    for text in ("4194304999", "not a number", "1"):
        file.write_text(text)
        engine._clear_stale_pid(file, "dockerd")
        assert not file.exists()
    own = Path("/proc/self/comm").read_text().strip()
    file.write_text(str(os.getpid()))
    engine._clear_stale_pid(file, own)
    assert file.exists()
