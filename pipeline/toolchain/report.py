"""The toolchain on one page: every tool, what is pinned, what was found, where it comes from, its hash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from rich.table import Table

from pipeline import console
from pipeline.errors import IntegrityError, PipelineError
from pipeline.stage import Run
from pipeline.toolchain import pins, supply
from pipeline.toolchain.pins import Pin
from pipeline.toolchain.supply import Found
from pipeline.workspace import Workspace


def check(run: Run) -> None:
    """Supply every tool that this machine's supplier has, print the table, and fail on anything that is not as pinned."""
    place = run.workspace
    rows = [(pin, _look(place, pin)) for pin in wanted(pins.load(place.root).values(), devbox=supply.in_devbox())]
    console.show(table(rows))
    failures = [result for _, result in rows if isinstance(result, str)]
    run.figures["tools"] = {pin.name: asdict(result) | {"path": str(result.path)} for pin, result in rows if not isinstance(result, str)}
    if failures:
        raise IntegrityError(
            f"{len(failures)} of {len(rows)} tools are not as pinned: {failures[0]}", fix="correct the first, then nox -s toolchain"
        )
    run.summary = f"{len(rows)} tools are as pinned"


def wanted(every: Iterable[Pin], *, devbox: bool) -> list[Pin]:
    """The pins that can be supplied here: those with a source, and with Devbox also those that only it has."""
    fallbacks = {"opentofu"}  # used, and then shown, in terraform's place
    return [pin for pin in every if pin.name not in fallbacks and (devbox or pin.executables or pin.name in {"terraform", "uv"})]


def _look(place: Workspace, pin: Pin) -> Found | str:
    """Return the tool, or one line that says what is wrong with it."""
    try:
        return supply.find(place, pin.name)
    except PipelineError as error:
        return str(error)


def table(rows: list[tuple[Pin, Found | str]]) -> Table:
    """Draw the rows; a found version other than the pinned one is shown with its declared range."""
    drawn = Table(pad_edge=False)
    for heading in ("tool", "pinned", "found", "from", "sha256", "ok"):
        drawn.add_column(heading, overflow="fold")
    for pin, result in rows:
        if isinstance(result, str):
            drawn.add_row(pin.name, pin.version, result, "", "", "[red]no[/]")
            continue
        name = pin.name if result.name == pin.name else f"{pin.name} ({result.name})"
        note = "" if result.version == pin.version else f" (not the locked one; allowed {' '.join(pin.range)})"
        drawn.add_row(name, pin.version, result.version + note, result.supplier, result.sha256[:12], "[green]yes[/]")
    return drawn
