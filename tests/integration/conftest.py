"""The image under test: the one that the stage names, or, started by hand, the image of this tree."""

import os
from collections.abc import Iterator

import pytest

from pipeline import commit, container, engine, image, workspace
from pipeline.container import Container
from pipeline.integration import IMAGE_VARIABLE
from pipeline.workspace import Workspace


@pytest.fixture(scope="session")
def place() -> Workspace:
    return workspace.locate()


@pytest.fixture(scope="session")
def image_id(place: Workspace) -> str:
    if named := os.environ.get(IMAGE_VARIABLE):
        return named
    engine.ensure(place)
    tree = commit.read(place.root)
    return image.give(place, image.make(place, tree), tree.tag)


@pytest.fixture(scope="module")
def service(place: Workspace, image_id: str) -> Iterator[Container]:
    with container.running(place, image_id) as started:
        yield started
