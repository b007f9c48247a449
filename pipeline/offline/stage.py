"""The proof, from outside: make the closed world, judge what it observed, and take away all that is left of it."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.table import Table

from pipeline import commit, console, evidence, locks, process
from pipeline.cluster import node
from pipeline.errors import FindingError, UsageError
from pipeline.evidence import Record
from pipeline.offline import inside, observed, world
from pipeline.offline.observed import Observed
from pipeline.report import critical, graph
from pipeline.report.graph import Graph
from pipeline.stage import Run
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

_ESTIMATE_SECONDS = 720
_TO_CLOSE_SECONDS = 120
_GROUPS = Path("/sys/fs/cgroup")


def prove(run: Run) -> None:
    """Run every stage of this commit where nothing outside can be reached.

    Raises `FindingError` when a stage did not pass, one DNS query was asked, one packet left, or the check could not have seen it.
    """
    place = run.workspace
    _require(place)
    commit.require_clean(run.commit)
    with locks.held(place, "offline"), _world(place, run) as scratch:
        argv: list[str | Path] = [*world.unshared(), sys.executable, "-m", "pipeline.offline.inside", scratch]
        with console.ticking("the whole pipeline, with no network", _ESTIMATE_SECONDS):
            process.run(argv, cwd=place.root, timeout=inside.RUN_SECONDS + _TO_CLOSE_SECONDS, on_line=_show)
        seen = observed.parse((scratch / inside.ANSWER).read_text("utf-8"))
        clone = scratch / inside.CLONE
        records = evidence.read(clone / "evidence" / run.commit.tag)
        declared = graph.read((clone / "noxfile.py").read_text("utf-8"))
        _keep(run, scratch)
    _conclude(run, seen, records, declared)


def _require(place: Workspace) -> None:
    """Raise `UsageError` where the proof cannot be made."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise UsageError("a network namespace with an engine in it needs root on Linux", fix="sudo ./run -s offline-proof")
    if supply.in_devbox() or node.ensure(place).upstream:
        raise UsageError(
            "images that come from a registry are in no cache that a new engine could be filled from",
            fix="PORTCULLIS_SUPPLIER=source ./run -s offline-proof, where the registries do not answer",
        )


@contextmanager
def _world(place: Workspace, run: Run) -> Iterator[Path]:
    """The folder with a clone of the commit and all that the closed world needs; whatever was made in it is gone afterwards."""
    scratch = world.folder(place)
    clear(scratch)
    try:
        for name in ("docker", "tmp", "state"):
            (scratch / name).mkdir(parents=True)
        (scratch / "tmp").chmod(0o1777)
        (place.cache / "engine").mkdir(parents=True, exist_ok=True)
        (scratch / "resolv.conf").write_text(f"nameserver {world.SERVER}\noptions attempts:1 timeout:2\n", "ascii")
        clone = scratch / inside.CLONE
        process.run(["git", "clone", "--quiet", "--no-hardlinks", place.root, clone], timeout=120)
        process.run(["git", "checkout", "--quiet", "--detach", run.commit.sha], cwd=clone, timeout=60)
        yield scratch
    finally:
        clear(scratch)


def clear(scratch: Path, groups: Path = _GROUPS) -> None:
    """Remove what a closed world left: its processes and mounts ended with it, its folder and its containers' control groups did not."""
    names = [each.name for each in (scratch / "docker" / "containers").glob("*")]
    for name in names:
        for group in sorted(groups.glob(f"*/docker/{name}")):
            _remove_group(group)
    shutil.rmtree(scratch, ignore_errors=True)


def _remove_group(group: Path) -> None:
    """Remove a control group and those in it; the kernel's files in them go by themselves. One in use stays, and is told of."""
    for folder in [*sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True), group]:
        try:
            folder.rmdir()
        except OSError as error:
            log.info("%s stays: %s", folder, error.strerror)


def _show(line: str) -> None:
    """Show the steps of the run inside; its stages' own lines are in the log."""
    if said := console.ended(line) or (line if line.startswith(("cluster:", inside.HEARD)) else ""):
        console.progress(f"offline: {said}")


def _keep(run: Run, scratch: Path) -> None:
    """Keep the records and logs of the run inside with the evidence."""
    kept = run.evidence / "offline"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for pattern in ("*.json", "*.log"):
        for file in (scratch / inside.CLONE / "evidence" / run.commit.tag).glob(pattern):
            shutil.copyfile(file, kept / file.name)


def _conclude(run: Run, seen: Observed, records: list[Record], declared: Graph) -> None:
    spent = critical.account(records, 0.0, declared.requires)
    run.figures.update(
        stages={record.stage: record.seconds for record in records},
        seconds=seen.seconds,
        dns_queries=seen.queries,
        packets_left=len(seen.left),
        packets_counted=seen.counted,
        controls=dict(seen.controls),
        path=spent.line,
        not_verified_inside=[text for record in records for text in record.figures.get("not_verified", [])],
    )
    console.show(table(records))
    found = observed.faults(seen, records, declared.needed("summary"))
    if found:
        for fault in found:
            log.info(fault)
        raise FindingError(f"offline: {found[0]} ({len(found)} faults)", fix=f"read {run.evidence / 'offline'}")
    passed = sum(record.verdict == "passed" for record in records)
    run.summary = (
        f"{passed} stages passed in {seen.seconds:.0f} s with no network: {seen.queries} DNS queries, {len(seen.left)} packets left,"
        f" {len(seen.controls)} controls heard"
    )


def table(records: list[Record]) -> Table:
    """Draw the stages of the run inside."""
    drawn = Table(pad_edge=False)
    for heading in ("stage", "verdict", "seconds"):
        drawn.add_column(heading, justify="right" if heading == "seconds" else "left")
    for record in records:
        drawn.add_row(record.stage, record.verdict, f"{record.seconds:.1f}")
    return drawn
