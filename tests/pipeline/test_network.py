"""Offline is a wish that is understood or refused, never guessed; and then nobody outside is asked."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import network, process, workspace
from pipeline.cluster import node
from pipeline.debian import fetch, security
from pipeline.errors import ToolchainError, UsageError
from pipeline.gates import database
from pipeline.workspace import ROOT, Workspace


def test_the_network_may_be_asked_unless_the_environment_says_no() -> None:
    environments: list[dict[str, str]] = [{}, {network.VARIABLE: ""}, {network.VARIABLE: "1"}]
    assert [network.allowed(each) for each in environments] == [True, True, False]


@pytest.mark.parametrize("value", ["0", "yes", "true", " 1"])
def test_a_wish_that_is_not_understood_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="neither 1 nor unset"):
        network.allowed({network.VARIABLE: value})


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with an empty cache, where starting any program fails the test."""
    monkeypatch.setenv(network.VARIABLE, "1")

    def nothing(*_: object, **__: object) -> None:
        raise AssertionError("a program was started")

    monkeypatch.setattr(process, "run", nothing)
    return replace(workspace.locate(), cache=tmp_path)


def test_packages_that_the_cache_lacks_are_an_error_that_names_the_way(offline: Workspace) -> None:
    with pytest.raises(ToolchainError, match=r"packages of init\.lock are not in the cache -> nox -s prefetch"):
        fetch.debs(offline, ROOT / "toolchain" / "debian" / "init.lock", "amd64")


def test_the_security_archive_of_today_is_not_asked_for(offline: Workspace) -> None:
    with pytest.raises(ToolchainError, match="bookworm-security of today is not in the cache"):
        security.index(offline, "bookworm", "amd64")


def test_neither_a_vulnerability_database_nor_a_node_image_is_asked_for(offline: Workspace) -> None:
    assert database.find(offline) is None
    assert node._pulled() is False
