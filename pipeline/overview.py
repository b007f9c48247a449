"""The end of a run: one table drawn from the evidence, and the URL."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from pipeline import evidence
from pipeline.evidence import Record
from pipeline.stage import Run


def table(records: list[Record]) -> Table:
    """Draw the stages of one commit in the order they started."""
    drawn = Table(title=None, pad_edge=False)
    for heading in ("stage", "verdict", "seconds", "what it did"):
        drawn.add_column(heading, justify="right" if heading == "seconds" else "left", overflow="fold")
    colours = {"passed": "green", "failed": "red", "interrupted": "yellow"}
    for record in records:
        verdict = f"[{colours[record.verdict]}]{record.verdict}[/]"
        drawn.add_row(record.stage, verdict, f"{record.seconds:.1f}", record.summary or record.error)
    return drawn


def show(run: Run) -> None:
    """Print the table of this commit's stages and where the service answers."""
    records = [record for record in evidence.read(run.evidence) if record.stage != "summary"]
    console = Console(width=None if Console().is_terminal else 140)
    console.print(table(records))
    place = run.workspace
    for record in records:
        for text in record.figures.get("not_verified", []):
            console.print(f"UNVERIFIED ({record.stage}): {text}", highlight=False, soft_wrap=True)
    run.figures["stages"] = len(records)
    run.summary = f"{place.url}{place.settings.probe_path} answers release {run.commit.sha}; records and logs are in {run.evidence}"
