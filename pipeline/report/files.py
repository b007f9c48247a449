"""Reads a commit's evidence. A file that is damaged is told in one line and leaves a gap on the page; it never takes the page away."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_args

from pipeline.evidence import Record, Verdict

_FIELDS = {each.name for each in fields(Record)}
_NEEDED = {"stage", "verdict", "started", "seconds"}
# Large, and nothing of it is on the page.
_PASSED_BY = ("sbom-toolchain.", "sbom-image.spdx", "plan.json", "harden.facts", "harden.sarif", "report.")
PACKAGES = "sbom-image.cdx.json"
_MOST_PICTURE_BYTES = 60_000


@dataclass(frozen=True)
class Evidence:
    """What one commit's folder holds: records in the order the stages started, other documents and pictures by name, what is damaged."""

    tag: str
    records: tuple[Record, ...] = ()
    documents: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def record(self, stage: str) -> Record | None:
        """The newest record of a stage."""
        return next((each for each in self.records if each.stage == stage), None)

    def figures(self, stage: str) -> Mapping[str, Any]:
        """What a stage measured, nothing when it left no record."""
        record = self.record(stage)
        return record.figures if record else {}


def read(folder: Path) -> Evidence:
    """Read all that the page is about, from `folder`."""
    records: list[Record] = []
    documents: dict[str, Any] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.json")):
        if path.name.startswith(_PASSED_BY):
            continue
        try:
            found = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            problems.append(f"{path.name} is not readable ({str(error)[:80]}) -> run its stage again")
            continue
        if record := record_of(found):
            records += [record] if record.of_commit else []
        else:
            documents[path.name] = found
    pictures = {path.name: path.read_text("utf-8", "replace") for path in sorted(folder.glob("*.svg")) if _is_small(path)}
    return Evidence(folder.name, tuple(sorted(records, key=lambda each: each.started)), documents, pictures, tuple(problems))


def record_of(found: Any) -> Record | None:  # noqa: ANN401 - any JSON value may lie there
    """A stage's record, also from an older or newer version of this project; None for anything else."""
    if not isinstance(found, dict) or not found.keys() >= _NEEDED or found["verdict"] not in get_args(Verdict):
        return None
    known = {name: value for name, value in found.items() if name in _FIELDS} | {"tag": str(found.get("tag", ""))}
    numbers = [known["started"], known["seconds"], known.get("began", 0)]
    if not all(isinstance(each, int | float) and math.isfinite(each) and 0 <= each < 1e11 for each in numbers):  # noqa: PLR2004 - year 5138
        return None
    words = {name: str(known.get(name, "")) for name in ("stage", "summary", "error")}
    figures = known.get("figures")
    return Record(**(known | words | {"figures": figures if isinstance(figures, dict) else {}}))


def _is_small(path: Path) -> bool:
    return path.is_file() and path.stat().st_size <= _MOST_PICTURE_BYTES
