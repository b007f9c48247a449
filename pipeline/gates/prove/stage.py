"""The stage `prove`: every mutant and every attack, and a matrix of what became of them."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from rich.table import Table

from pipeline import console, image, store
from pipeline.errors import FindingError
from pipeline.gates import ledger
from pipeline.gates.prove import attacks, matrix
from pipeline.gates.prove import image as planted_image
from pipeline.gates.prove.matrix import Result
from pipeline.stage import Run

_SECONDS = 150  # on 2 cores, for the estimate that people see


def prove(run: Run) -> None:
    """Plant everything, attack everything. Raises `FindingError` when anything survived, or proved nothing. Nothing here is cached."""
    place = run.workspace
    entries = ledger.load(place.root / "policies" / "exceptions.toml", dt.datetime.now(dt.UTC).date())
    reference = f"{place.settings.image}:{run.commit.sha}"
    archive = image.make(place, run.commit).archive
    with console.ticking("proving the gates", _SECONDS):
        results = matrix.run(place, reference, entries)
        results += planted_image.run(place, archive, entries)
        results += attacks.run(place, reference)
    store.write(run.evidence / "prove.matrix.json", json.dumps([asdict(result) for result in results], indent=1) + "\n")
    console.show(table(results))
    fates = Counter(result.fate for result in results)
    run.figures.update(mutants=len(results), killed=fates["killed"], survived=fates["survived"], void=fates["void"])
    if fates["killed"] != len(results):
        for result in results:
            if result.fate != "killed":
                print(f"{result.fate}: {result.gate}: {result.tool}: {result.name}: {result.why}")  # noqa: T201 - the finding itself
        raise FindingError(
            f"{fates['survived']} of {len(results)} mutants survived, {fates['void']} proved nothing",
            fix="close the hole that each line names",
        )
    run.summary = f"{len(results)} mutants and attacks, all killed; the matrix is in {run.evidence / 'prove.matrix.json'}"


def table(results: Sequence[Result]) -> Table:
    """Draw gates and tools with a mark per mutant: a dot for killed, S for survived, V for void."""
    marks = {"killed": "[green]·[/]", "survived": "[red]S[/]", "void": "[yellow]V[/]"}
    drawn = Table(pad_edge=False)
    for heading in ("gate", "tool", "killed", "of", "each"):
        drawn.add_column(heading, justify="right" if heading in {"killed", "of"} else "left", overflow="fold")
    for gate, tool in sorted({(result.gate, result.tool) for result in results}):
        mine = [result for result in results if (result.gate, result.tool) == (gate, tool)]
        killed = sum(result.fate == "killed" for result in mine)
        drawn.add_row(gate, tool, str(killed), str(len(mine)), "".join(marks[result.fate] for result in mine))
    return drawn
