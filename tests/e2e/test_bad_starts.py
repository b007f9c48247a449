"""What a person meets who starts in the wrong place: one line that says what to type, a red exit code, no traceback."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import process, workspace
from tests.support import Clone, copy_tree, make_repository


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    root = make_repository(tmp_path_factory.mktemp("bare"))
    made = Clone(root, workspace.locate(root))
    yield made
    shutil.rmtree(made.place.state, ignore_errors=True)  # holds nothing but a lock file: no run here gets further


def refused(clone: Clone, *words: str, environment: dict[str, str] | None = None) -> str:
    done = clone.run(*words, environment=environment, timeout=50)
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stdout, done.stdout
    return done.stdout


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    folder = copy_tree(tmp_path / "copy")
    assert "is not a usable Git repository" in refused(Clone(folder, workspace.locate(folder)), "-s", "build")


def test_a_repository_without_commit_is_refused(tmp_path: Path) -> None:
    folder = copy_tree(tmp_path / "copy")
    clone = Clone(folder, workspace.locate(folder))
    clone.git("init", "-q")
    assert "has no commit yet -> git add -A && git commit" in refused(clone, "-s", "build")


def test_an_unknown_session_is_refused_by_name(bare: Clone) -> None:
    assert "no-such-stage" in refused(bare, "-s", "no-such-stage")


def test_an_engine_that_does_not_answer_is_named(bare: Clone) -> None:
    text = refused(bare, "-s", "docker", environment={"DOCKER_HOST": "unix:///nonexistent/docker.sock"})
    assert "unix:///nonexistent/docker.sock" in text


def test_a_bad_port_is_refused_before_anything_starts(bare: Clone) -> None:
    assert "PORTCULLIS_PORT='http' is not a port -> export" in refused(bare, "-s", "docker", environment={"PORTCULLIS_PORT": "http"})


def test_a_taken_port_is_refused_and_leaves_nothing(bare: Clone) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        text = refused(bare, "-s", "cluster", environment={"PORTCULLIS_PORT": str(other.getsockname()[1])})
    assert "of 127.0.0.1 is taken -> export PORTCULLIS_PORT=" in text
    listings = (["docker", "ps", "-a"], ["docker", "network", "ls"], ["docker", "volume", "ls"], ["iptables-save"])
    assert bare.place.name not in "".join(process.run(argv, timeout=30).stdout for argv in listings)


def test_a_misspelt_setting_is_named(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "clone")
    clone = Clone(root, workspace.locate(root))
    clone.edit("pyproject.toml", "replicas_max = 10", "replica_max = 10")
    text = refused(clone, "-s", "build")
    assert "unknown setting 'replica_max'" in text
    assert "making the Python environment" not in text, "a setting is no part of it"


def test_the_stages_can_be_listed_from_anywhere(bare: Clone, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(bare.root)
    done = Clone(link, bare.place).run("-l")
    assert done.returncode == 0
    for stage in ("lint", "unit", "build", "integrate", "cluster", "deploy", "tests", "destroy", "toolchain"):
        assert stage in done.stdout


def test_an_unknown_supplier_is_refused(bare: Clone) -> None:
    assert "PORTCULLIS_SUPPLIER=nix is unknown -> unset it" in refused(bare, "-l", environment={"PORTCULLIS_SUPPLIER": "nix"})
