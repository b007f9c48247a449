"""What holds for every test.

Hypothesis measures no time: on a shared machine a slow example is no fault of the code. Fifty examples each, new ones on every run: the
fast suite stays below a minute, and a property is tried by every run of everybody.
"""

from pathlib import Path

import pytest
from hypothesis import settings

from pipeline import checks, console
from pipeline.toolchain import golang
from pipeline.toolchain.pins import Pin
from pipeline.workspace import Workspace

settings.register_profile("shared-machine", deadline=None, max_examples=50)
settings.load_profile("shared-machine")


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
