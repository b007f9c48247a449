"""The proof that an image's bytes depend on its commit alone: another build, in other surroundings, must give the same ones."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline import commit, console, image, process, store
from pipeline.attest import difference
from pipeline.errors import FindingError
from pipeline.image import Built
from pipeline.stage import Run
from pipeline.workspace import Workspace

_BUILD_SECONDS = 600
# Shared with the other build: what was downloaded by hash, and the tools. All that is made from these is made again.
_SHARED = ("debs", "tools", "versions", "go", "engine", "buildkit")
# Neither the hour, nor the language, nor who builds, nor the order in which Python walks its sets may count.
_SURROUNDINGS = {
    "TZ": "Pacific/Chatham",
    "LANG": "tr_TR.UTF-8",
    "LC_ALL": "tr_TR.UTF-8",
    "PYTHONHASHSEED": "4711",
    "USER": "somebody",
    "LOGNAME": "somebody",
    "COLUMNS": "33",
    "SOURCE_DATE_EPOCH": "1",
}
_UMASK = 0o077


def reproduce(run: Run) -> None:
    """Build this commit once more, elsewhere, and compare. Raises `FindingError` when one byte differs; what differs is in the evidence."""
    commit.require_clean(run.commit)
    place = run.workspace
    first = image.make(place, run.commit)
    with console.ticking("building again, in other surroundings", 45), rebuilt(place) as second:
        run.figures.update(manifest=first.manifest, again=second.manifest, image_id=first.image_id)
        differences = compare(first, second)
    report = run.evidence / "reproduce.txt"
    if differences:
        store.write(report, "\n".join(differences) + "\n")
        raise FindingError(f"another build gives other bytes: {differences[0]} ({len(differences)} differences)", fix=f"read {report}")
    report.unlink(missing_ok=True)
    run.summary = f"{first.manifest[:19]} came out of another folder, cache, umask, time zone and locale too, {first.bytes / 1e6:.1f} MB"


def compare(first: Built, second: Built) -> list[str]:
    """What differs between two builds, in words; digests that differ without a file that does are a difference too."""
    if (first.manifest, first.image_id) == (second.manifest, second.image_id):
        return []
    return difference.between(first.archive, second.archive) or [f"the manifest: {first.manifest} and {second.manifest}"]


@contextmanager
def rebuilt(place: Workspace) -> Iterator[Built]:
    """Clone the commit into another folder and build it there with nothing from the cache that an earlier build made."""
    with tempfile.TemporaryDirectory(prefix=f"{place.name}-again-") as folder:
        elsewhere, cache = Path(folder) / "a clone", Path(folder) / "cache"
        cache.mkdir()
        for name in _SHARED:
            (place.cache / name).mkdir(parents=True, exist_ok=True)
            (cache / name).symlink_to(place.cache / name)
        env = {**os.environ, **_SURROUNDINGS, "PYTHONPATH": str(elsewhere)}
        before = os.umask(_UMASK)  # children inherit it
        try:
            process.run(["git", "clone", "--quiet", "--no-hardlinks", place.root, elsewhere], timeout=120)
            argv = [sys.executable, "-m", "pipeline.attest.rebuild", str(cache)]
            said = process.run(argv, cwd=elsewhere, env=env, timeout=_BUILD_SECONDS).stdout
        finally:
            os.umask(before)
        answer = json.loads(said.strip().splitlines()[-1])
        yield Built(**{**answer, "archive": Path(answer["archive"])})
