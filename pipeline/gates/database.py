"""trivy's vulnerability database: fetched when it can be had, its age told, and never taken for fresh when it is not."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from pipeline import network, process, store
from pipeline.errors import CommandError
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

OLDEST = dt.timedelta(days=3)
"""It is published every six hours; three days leave room for a weekend without its publisher."""
_DOWNLOAD_SECONDS = 180


@dataclass(frozen=True)
class Database:
    """A database on this machine: trivy's cache folder that holds it, and when its data was collected."""

    folder: Path
    updated: dt.datetime

    def age(self, now: dt.datetime) -> dt.timedelta:
        """How old its data is."""
        return now - self.updated

    def stale(self, now: dt.datetime) -> bool:
        """Whether it is too old to say that there is nothing to find. One from the future was tampered with, or the clock is wrong."""
        return not dt.timedelta(hours=-1) <= self.age(now) <= OLDEST


def find(place: Workspace) -> Database | None:
    """Return the newest database that can be had: from the registry or mirror in the settings, else an earlier one. None: there is none."""
    folder = place.cache / "trivy"
    source = place.settings.vulnerability_database
    words = ["image", "--download-db-only", "--quiet", f"--cache-dir={folder}", f"--db-repository={source}"]
    if not network.allowed():
        return read(folder)
    with store.locked(folder / "lock", wait=_DOWNLOAD_SECONDS, what="trivy's database"):
        # What is there already is told with its age; without any, the image's packages are unverified.
        with contextlib.suppress(CommandError):
            process.run([supply.tool(place, "trivy"), *words, "--skip-version-check", "--disable-telemetry"], timeout=_DOWNLOAD_SECONDS)
        return read(folder)


def read(folder: Path) -> Database | None:
    """Return the database in trivy's cache folder, None when there is none or its metadata makes no sense."""
    try:
        stated = json.loads((folder / "db" / "metadata.json").read_text("utf-8"))["UpdatedAt"]
        updated = dt.datetime.fromisoformat(str(stated)[:19]).replace(tzinfo=dt.UTC)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Database(folder, updated) if (folder / "db" / "trivy.db").is_file() else None
