"""The stage `report`: writes the report of this commit again; `-- --screenshot` looks at it in a browser, as people and machines will."""

from __future__ import annotations

from pipeline.errors import UsageError
from pipeline.page import browser
from pipeline.report import write
from pipeline.stage import Run

_SCREENSHOT = "--screenshot"


def report(run: Run) -> None:
    """Write the report. Raises `FindingError` when a browser, or axe in it, complains about the page.

    Raises `ToolchainError` when pictures are asked for and the machine has no Chromium or no npm.
    """
    if unknown := [word for word in run.arguments if word != _SCREENSHOT]:
        raise UsageError(f"report does not know {unknown[0][:60]!r}", fix=f"nox -s report [-- {_SCREENSHOT}]")
    page = write.write(run.workspace, run.commit.tag)
    run.figures["bytes"] = page.stat().st_size
    looked = browser.look(run.workspace, page) if _SCREENSHOT in run.arguments else None
    told = f"; {len(looked.pictures)} pictures beside it, {looked.rules} rules of axe hold" if looked else ""
    run.summary = f"{page}, {page.stat().st_size / 1000:.0f} kB{told}"
