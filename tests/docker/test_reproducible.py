"""The image's bytes depend on the commit alone, and an image that answers wrongly does not pass."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import commit, engine, image, process, workspace
from pipeline.attest import difference, reproduce
from pipeline.integration import IMAGE_VARIABLE
from pipeline.workspace import Workspace
from tests.support import make_repository

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_repository(tmp_path_factory.mktemp("repository"))


def clone_of(repository: Path, folder: Path) -> Workspace:
    """Clone under another umask: what a machine chose for its files must not reach the image."""
    subprocess.run(["sh", "-c", f"umask 077 && git clone -q '{repository}' '{folder}'"], check=True)
    return workspace.locate(folder)


def test_other_surroundings_give_the_same_bytes_and_another_commit_does_not(repository: Path) -> None:
    place = workspace.locate(repository)
    tree = commit.read(repository)
    first = image.make(place, tree)  # from whatever layers earlier builds have left, which is the point
    try:
        with reproduce.rebuilt(place) as second:
            assert second.archive != first.archive
            assert reproduce.compare(first, second) == []
            assert difference.between(first.archive, second.archive) == []
        other = image.make(place, replace(tree, sha="f" * 40))
        assert {line.partition(":")[0] for line in reproduce.compare(first, other)} == {"configuration"}
        shutil.rmtree(other.archive.parent)
    finally:
        shutil.rmtree(first.archive.parent)


def test_a_wrong_digest_fails_the_integration_tests(repository: Path, tmp_path: Path) -> None:
    """The deliberately wrong image: everything about it is right but the digest."""
    place = clone_of(repository, tmp_path / "wrong")
    source = place.root / "app" / "service.py"
    text = source.read_text()
    assert text.count("hashlib.sha1(") == 1
    source.write_text(text.replace("hashlib.sha1(", "hashlib.sha224("))
    tree = commit.read(place.root)
    wrong = image.make(place, tree)
    reference = image.give(place, wrong, tree.tag)
    try:
        argv = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "tests/integration", "-k", "abc123"]
        done = process.run(argv, cwd=place.root, env=os.environ | {IMAGE_VARIABLE: reference}, timeout=120, ok=None)
    finally:
        process.run([engine.DOCKER, "image", "rm", "--force", f"{place.settings.image}:{tree.tag}"], timeout=60, ok=None)
        shutil.rmtree(wrong.archive.parent)
    assert done.returncode == 1, done.stdout
    assert "6367c48dd193d56ea7b0baad25b19455e529f5ee" in done.stdout
    assert "1 failed" in done.stdout
