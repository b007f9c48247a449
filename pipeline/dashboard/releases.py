"""The last releases of this clone: what was deployed when and with what verdict, from the evidence and the history of good ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline import evidence, process
from pipeline.evidence import Record
from pipeline.look import Release

_SHOWN = 8


@dataclass(frozen=True)
class Shipped:
    """One deployment: commit, its subject, when it began, seconds, verdict, and whether the release is the newest good one."""

    commit: str
    subject: str
    began: float
    seconds: float
    verdict: str
    newest: bool


def read(root: Path, good: list[Release]) -> tuple[Shipped, ...]:
    """Return the newest deployments that left a record, newest first."""
    records = [record for folder in _folders(root) for record in evidence.read(folder) if record.stage == "deploy"]
    shown = sorted(records, key=lambda record: record.started, reverse=True)[:_SHOWN]
    newest = good[-1].commit if good else ""
    return tuple(_shipped(root, record, newest) for record in shown)


def _folders(root: Path) -> list[Path]:
    evidence_folder = root / "evidence"
    return sorted(path for path in evidence_folder.iterdir() if path.is_dir()) if evidence_folder.is_dir() else []


def _shipped(root: Path, record: Record, newest: str) -> Shipped:
    return Shipped(record.tag, _subject(root, record.tag), record.started, record.seconds, record.verdict, record.tag == newest)


def _subject(root: Path, commit: str) -> str:
    """The first line of a commit's message, empty for one that Git does not know any more."""
    said = process.run(["git", "-C", root, "log", "-1", "--format=%s", "--end-of-options", commit, "--"], timeout=20, ok=None)
    return said.stdout.strip() if said.returncode == 0 else ""
