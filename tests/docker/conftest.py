"""An engine that answers, and the image of this tree, built or taken from the cache."""

import pytest

from pipeline import commit, engine, image, workspace
from pipeline.image import Built
from pipeline.workspace import Workspace


@pytest.fixture(scope="session")
def place() -> Workspace:
    found = workspace.locate()
    engine.ensure(found)
    return found


@pytest.fixture(scope="session")
def built(place: Workspace) -> Built:
    return image.make(place, commit.read(place.root))
