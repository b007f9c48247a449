"""Reads a commit's evidence, draws the report and writes its four forms beside it; the page is the one to open."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from pipeline import process, store
from pipeline.errors import CommandError
from pipeline.report import difference, files, graph, junit, markdown, merged, model, page, timing
from pipeline.report.difference import Facts
from pipeline.report.model import About, Report
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

PAGE, MARKDOWN, SARIF, JUNIT = "report.html", "report.md", "report.sarif", "report.junit.xml"
_NOW, _BEFORE = "report.facts.json", "report.before.json"


def write(place: Workspace, tag: str) -> Path:
    """Write the report of the commit with this tag and return its page."""
    folder = place.evidence(tag)
    drawn = draw(place, folder)
    _remember(folder, drawn.facts)
    store.write(folder / PAGE, page.page(drawn))
    store.write(folder / MARKDOWN, markdown.write(drawn))
    store.write(folder / SARIF, json.dumps(merged.merge(logs(folder)), indent=1) + "\n")
    store.write(folder / JUNIT, junit.write(drawn))
    return folder / PAGE


def draw(place: Workspace, folder: Path) -> Report:
    """Draw the model of a commit's evidence."""
    declared = graph.read((place.root / "noxfile.py").read_text("utf-8"))
    found = files.read(folder)
    about = About(place.settings.project, place.settings.load_p99_ms, _subject(place.root, found.tag))
    now = difference.facts(found, timing.of(found.records, declared), declared)
    return model.draw(found, declared, about, _before(folder, now))


def logs(folder: Path) -> dict[str, Any]:
    """The SARIF logs of the gates; one that is damaged is left out here, its gate's record tells of it."""
    found = {}
    for path in sorted([*folder.glob("*.sarif"), *folder.glob("*.sarif.json")]):
        gate = path.name.removesuffix(".json").removesuffix(".sarif")
        if gate != "report" and (read := _json(path)) is not None:
            found[gate] = read
    return found


def _before(folder: Path, now: Facts) -> Facts | None:
    """The newest run before this one, as a report kept it: of this commit, or of another."""
    kept = [folder / _BEFORE, *folder.parent.glob(f"*/{_NOW}")]
    found = [known for path in kept if (known := difference.stored(_json(path)))]
    earlier = [each for each in found if 0 < each.began < now.began and len(each.verdicts) > 1]
    return max(earlier, key=lambda each: each.began, default=None)


def _remember(folder: Path, now: Facts) -> None:
    """Keep this run's facts for the next report, and those of the run before it for the next report of this one."""
    last = difference.stored(_json(folder / _NOW))
    if last and last.began < now.began:
        store.write(folder / _BEFORE, json.dumps(difference.kept(last), indent=1))
    store.write(folder / _NOW, json.dumps(difference.kept(now), indent=1))


def _json(path: Path) -> Any:  # noqa: ANN401 - any JSON value may lie there
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _subject(root: Path, tag: str) -> str:
    """The first line of the commit's message, empty where Git does not know the commit."""
    try:
        said = process.run(
            ["git", "-C", root, "log", "-1", "--format=%s", "--end-of-options", tag.removesuffix("-dirty"), "--"], timeout=20, ok=None
        )
    except CommandError:
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""
