"""A clone in a folder of its own, driven by ./run as a person would, and destroyed at the end whatever happened."""

from collections.abc import Iterator

import pytest

from pipeline import workspace
from tests.support import Clone, make_repository


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    root = make_repository(tmp_path_factory.mktemp("clone"))
    made = Clone(root, workspace.locate(root))
    try:
        yield made
    finally:
        made.run("-s", "destroy", timeout=300)
