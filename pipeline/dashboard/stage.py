"""The stage `dashboard`: reads what watches the service, and writes one page that needs nothing any more."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import release, store
from pipeline.dashboard import alerts, grafana, panels, releases, snapshot, verdict, view
from pipeline.dashboard.prometheus import Source
from pipeline.dashboard.snapshot import Snapshot
from pipeline.errors import ClusterError, UsageError
from pipeline.monitoring import query
from pipeline.page import browser
from pipeline.stage import Run
from pipeline.workspace import Workspace

_DEFAULT_MINUTES, _MOST_MINUTES = 60, 7 * 24 * 60
_USAGE = "nox -s dashboard -- [--minutes=1..10080] [--screenshot] [--no-open], or -- --grafana"


@dataclass(frozen=True)
class Wish:
    """What the words after `--` ask for."""

    minutes: int = _DEFAULT_MINUTES
    screenshot: bool = False
    open: bool = True
    grafana: bool = False


def dashboard(run: Run) -> None:
    """Write the page, check that every query is answered, and open it where somebody sits. `-- --grafana` writes docs/grafana.json alone.

    Raises `ClusterError` when Prometheus does not answer or refuses a query.
    """
    wish = parse(run.arguments)
    if wish.grafana:
        grafana.write(run.workspace)
        run.summary = f"{grafana.FILE} is what the panels say"
        return
    source = query.find(run.workspace)
    seen = read(run.workspace, source, 60 * wish.minutes)
    source.instant(grafana.RELEASE_BEGAN, seen.taken)  # the one query that only Grafana asks: a refused one is an error
    judged = verdict.judge(seen)
    page = run.evidence / "dashboard.html"
    store.write(page, view.page(run.workspace.settings.project, seen, judged))
    run.figures.update(verdict=judged.level, reasons=judged.reasons, series=sum(len(data.series) for _, data in seen.charts.values()))
    run.figures["unanswered"] = [each.text for each in seen.silent]
    looked = browser.look(run.workspace, page) if wish.screenshot else None
    if wish.open and on_desktop(os.environ, sys.platform, interactive=sys.stdout.isatty()):
        with contextlib.suppress(webbrowser.Error, OSError):
            webbrowser.open(page.as_uri())
    told = f"; {len(looked.pictures)} pictures beside it, {looked.rules} rules of axe hold" if looked else ""
    silence = (
        f"; {len(seen.silent)} queries unanswered: {', '.join(each.name or each.text for each in seen.silent[:3])}" if seen.silent else ""
    )
    run.summary = f"{judged.sentence}{silence}: {page}{told}"


def parse(words: Sequence[str]) -> Wish:
    """Read the words after `--`. Raises `UsageError` for any other."""
    minutes, flags = _DEFAULT_MINUTES, {"--screenshot": False, "--no-open": False, "--grafana": False}
    for word in words:
        if found := re.fullmatch(r"--minutes=([0-9]{1,5})", word, re.ASCII):
            minutes = int(found[1])
        elif word in flags:
            flags[word] = True
        else:
            raise UsageError(f"dashboard does not know {word[:60]!r}", fix=_USAGE)
    if not 1 <= minutes <= _MOST_MINUTES:
        raise UsageError(f"{minutes} minutes are not from 1 to {_MOST_MINUTES}", fix=_USAGE)
    return Wish(minutes, flags["--screenshot"], not flags["--no-open"], flags["--grafana"])


def read(place: Workspace, source: Source, seconds: int) -> Snapshot:
    """Read everything once. Raises `ClusterError` when Prometheus does not answer; Alertmanager may be silent, the page says so."""
    taken = time.time()
    grid = snapshot.grid_of(source, taken, seconds)
    charts, silent = snapshot.charts(source, panels.panels(place.settings), grid)
    known = alertmanager(source)
    return Snapshot(
        taken,
        grid,
        charts,
        silent,
        snapshot.burn_rates(source, taken),
        snapshot.targets(source),
        alerts.read(source.rules(), known),
        known is not None,
        releases.read(place.root, release.known_good(place)),
    )


def alertmanager(source: Source) -> list[dict[str, Any]] | None:
    """The alerts that Alertmanager has, None when it does not answer: that is worth a line on the page, not a failure."""
    try:
        return source.alerts()
    except ClusterError:
        return None


def on_desktop(environment: Mapping[str, str], platform: str, *, interactive: bool) -> bool:
    """Whether somebody sits at a screen here: a terminal, and a display or a system that always has one."""
    return interactive and (platform == "darwin" or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")))
