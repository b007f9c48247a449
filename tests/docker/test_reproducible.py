"""The image's bytes depend on the commit alone, and an image that answers wrongly does not pass."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import commit, engine, image, process, workspace
from pipeline.image import Built
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


def test_two_clean_builds_in_different_folders_are_the_same_bytes(repository: Path, tmp_path: Path) -> None:
    places = [workspace.locate(repository), clone_of(repository, tmp_path / "another")]
    builds: list[Built] = []
    try:
        builds.extend(image.make(each, commit.read(each.root), fresh=True) for each in places)
        assert builds[0].archive != builds[1].archive
        assert builds[0].manifest == builds[1].manifest
        assert builds[0].image_id == builds[1].image_id
    finally:
        for made in builds:
            shutil.rmtree(made.archive.parent)


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
