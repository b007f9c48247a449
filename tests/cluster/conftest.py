"""A clone in a folder of its own, driven by ./run as a person would, and destroyed at the end whatever happened.

All files of tests share it, one after the other: making a cluster takes longer than most of what is tried on it.
"""

from collections.abc import Iterator

import pytest

from pipeline import workspace
from pipeline.release import known_good
from tests.support import Clone, make_repository

FAST = 'FAST = ("tests/app", "tests/pipeline", "tests/terraform")'


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    root = make_repository(tmp_path_factory.mktemp("clone"))
    made = Clone(root, workspace.locate(root))
    # The suite has run the fast tests before these; for each change that is tried here, those of the service are enough.
    made.edit("pipeline/checks.py", FAST, 'FAST = ("tests/app",)')
    made.commit("Run the service's fast tests alone")
    try:
        yield made
    finally:
        made.run("-s", "destroy", timeout=300)


@pytest.fixture
def deployed(clone: Clone) -> Clone:
    """The clone with a release that runs, deployed now if no earlier test has left one."""
    if not known_good(clone.place):
        done = clone.run("-s", "deploy")
        assert done.returncode == 0, done.stdout
    return clone
