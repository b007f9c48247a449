"""The end of a run: one table drawn from the evidence, and the URL."""

from __future__ import annotations

import logging
from dataclasses import asdict

from rich.table import Table

from pipeline import console, evidence, words
from pipeline.evidence import Record
from pipeline.report import critical, graph, write
from pipeline.stage import Run

log = logging.getLogger(__name__)


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
    """Print the table of this commit's stages and where the service answers, and write the report."""
    records = [record for record in evidence.read(run.evidence) if record.stage != "summary"]
    console.show(table(records))
    place = run.workspace
    for record in records:
        for text in record.figures.get("not_verified", []):
            log.warning("UNVERIFIED (%s): %s", record.stage, text)
    declared = graph.read((place.root / "noxfile.py").read_text("utf-8"))
    spent = critical.account(records, words.began(), declared.requires)
    console.progress(spent.line)
    run.figures.update(stages=len(records), began=words.began(), **asdict(spent))
    page, asked = write.write(place, run.commit.tag), place.url + place.settings.service.probe_path
    run.summary = f"{asked} answers release {run.commit.sha}; the report is {page}"
