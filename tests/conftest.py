"""What holds for every test.

Hypothesis measures no time: on a shared machine a slow example is no fault of the code. Fifty examples each, new ones on every run: the
fast suite stays below a minute, and a property is tried by every run of everybody.
"""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from pipeline import checks, console
from pipeline.toolchain import golang
from pipeline.toolchain.pins import Pin
from pipeline.workspace import Workspace

settings.register_profile("shared-machine", deadline=None, max_examples=50)
settings.load_profile("shared-machine")


class Lanes(LoadScopeScheduling):  # type: ignore[misc]
    """Two scopes instead of one for each module: what shares the one clone with a cluster, and the rest, which need no turn.

    xdist's own groups (`--dist=loadgroup`) do nothing with pytest 9.2, which no longer takes the names that xdist 3.8 gives to tests.
    """

    def _split_scope(self, nodeid: str) -> str:
        return checks.lane(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Lanes | None:  # noqa: ANN401 - xdist declares no types
    """Run the lanes side by side where a scope is to stay with one process; the fast tests are dealt out one by one."""
    return Lanes(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.fixture(autouse=True)
def fast(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fast test asks for no tool that `unit` does not build before: on a machine that has it nobody would notice.

    Nor does it show progress to the person who waits for the run that it is part of.
    """
    build = golang.build

    def known(place: Workspace, pin: Pin) -> Path:
        assert pin.name in checks.TOOLS, f"add {pin.name} to TOOLS in pipeline/checks.py"
        return build(place, pin)

    if request.path.relative_to(request.config.rootpath).as_posix().startswith(checks.FAST):
        monkeypatch.setattr(golang, "build", known)
        monkeypatch.delenv(console.CONSOLE_VARIABLE, raising=False)
