"""The stage `alerts-proof`: every fault is made for real, its alert seen to arrive at the pager and to end, the seconds told."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pipeline import commit, console, locks, release
from pipeline.errors import ClusterError, FindingError, UsageError
from pipeline.load import generator
from pipeline.monitoring import query, rules, runbook
from pipeline.monitoring.proof import arrivals, faults, variant, verdict
from pipeline.monitoring.proof.arrivals import Arrival
from pipeline.monitoring.proof.bench import Bench, template_of
from pipeline.monitoring.proof.faults import Fault, Wave
from pipeline.monitoring.proof.verdict import Line, Made
from pipeline.monitoring.query import Watch
from pipeline.stage import Run
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

_ALERT = "--alert="
_QUIET_SECONDS, _POLL_SECONDS, _SILENCE_SECONDS = 300.0, 2.0, 150.0
_RATE = 20  # requests per second that go on all the while: without requests no objective burns
_ALWAYS = "Watchdog"


def prove(run: Run) -> None:
    """Run the runbook's commands, then make every fault; `-- --alert=NAME`: that one's section and fault.

    Raises `FindingError` when an alert does not arrive in time, does not end, comes beside another page, or a command fails.
    """
    commit.require_clean(run.commit)
    place, chosen = run.workspace, _chosen(run)
    sections = runbook.load(place.root)
    with _locked(place), tempfile.TemporaryDirectory(prefix="portcullis-alerts-") as scratch:
        current = release.tested_release(run)
        template = template_of(place, current.image)
        bench = Bench(place, current.image, variant.bring(run), Path(scratch), template)
        await_quiet(place)
        commands = runbook.execute(place, [each for each in sections if chosen in ("", each.alert)])
        with console.ticking("making every fault, and waiting for what arrives", 840), bench.restored():
            course = Course(bench, query.find(place), severities(place), started=time.time())
            course.run(_selected(faults.waves(), chosen))
    _conclude(run, course, commands)


def _conclude(run: Run, course: Course, commands: int) -> None:
    found = course.lines()
    wrong = verdict.faults(found) + [each for made in course.made for each in verdict.grouping(made, course.heard, course.severities)]
    if (gap := verdict.silence(course.heard, course.started, course.ended)) > _SILENCE_SECONDS:
        wrong.append(f"the watchdog was silent for {gap:.0f} s")
    seconds = round(course.ended - course.started)
    run.figures.update(alerts=[asdict(line) for line in found], commands=commands, watchdog_gap=round(gap), seconds=seconds)
    run.figures["tested_only"] = list(faults.TESTED_ONLY)
    console.show(verdict.table(found))
    if wrong:
        raise FindingError("; ".join(wrong[:4]), fix="read the stage's log")
    slowest = max((line.fired or 0 for line in found if line.severity == "page"), default=0)
    run.summary = (
        f"{len(found)} alerts arrived and ended, pages within {slowest:.0f} s, one page per cause; {commands} runbook commands ran; "
        f"{', '.join(faults.TESTED_ONLY)} take hours: promtool tests them"
    )


@dataclass
class Course:
    """The faults as they were made, and everything that the pager heard meanwhile."""

    bench: Bench
    watch: Watch
    """Found once: a fault takes parts of it away, but never the pager."""
    severities: Mapping[str, str]
    started: float
    heard: list[Arrival] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    ended: float = 0.0

    def run(self, waves: Sequence[Wave]) -> None:
        """Make the waves one after the other, under a little traffic, and wait for the end of every alert."""
        place = self.bench.place
        with generator.sustained(place, place.url, rate=_RATE, keep_alive=False):
            for wave in waves:
                if wave.settled:
                    self._await_over()
                self._make(wave)
        self._await_over()
        self.ended = time.time()

    def _make(self, wave: Wave) -> None:
        console.progress(f"alerts-proof: {'; '.join(fault.what for fault in wave.faults)}")
        with contextlib.ExitStack() as undo:
            began: list[tuple[Fault, float]] = []
            for fault in wave.faults:
                undo.callback(fault.end, self.bench)
                moment = time.time()
                fault.begin(self.bench)
                fault.felt(self.bench)
                began.append((fault, time.time() if fault.felt is not faults.at_once else moment))
            self._await_fired(began)
            ended = time.time()
        self.made += [Made(fault, moment, ended) for fault, moment in began]

    def _await_fired(self, began: Sequence[tuple[Fault, float]]) -> None:
        deadline = time.time() + verdict.TICKET_SECONDS
        wanted = [(alert, moment) for fault, moment in began for alert in fault.alerts]
        while True:
            self._listen()
            missing = [alert for alert, moment in wanted if arrivals.first(self.heard, alert, firing=True, since=moment) is None]
            if not missing or time.time() > deadline:
                return
            time.sleep(_POLL_SECONDS)

    def _await_over(self) -> None:
        """Wait until every alert that arrived is over; what takes too long is told by the verdict."""
        deadline = time.time() + verdict.RESOLVED_SECONDS
        while time.time() < deadline:
            self._listen()
            if not any(line.fired is not None and line.resolved is None for line in self.lines()):
                return
            time.sleep(_POLL_SECONDS)

    def _listen(self) -> None:
        self.heard = arrivals.read(self.watch.notifications())

    def lines(self) -> list[Line]:
        """A line for each alert of every fault that was made."""
        return [line for made in self.made for line in verdict.lines(made, self.heard, self.severities)]


def severities(place: Workspace) -> dict[str, str]:
    """How urgent each alert is."""
    return {rule["alert"]: rule["labels"]["severity"] for rule in rules.alerts(place.root)}


def await_quiet(place: Workspace, seconds: float = _QUIET_SECONDS) -> None:
    """Return when nothing but the watchdog fires. Raises `ClusterError` when something goes on: it would be taken for a fault's."""
    deadline = time.monotonic() + seconds
    while others := sorted({each["labels"]["alertname"] for each in query.find(place).alerts()} - {_ALWAYS}):
        if time.monotonic() > deadline:
            raise ClusterError(f"{', '.join(others)} fires before anything was done", fix="see docs/runbook.md")
        console.progress(f"alerts-proof: waiting for {', '.join(others)} to end")
        time.sleep(5)


@contextlib.contextmanager
def _locked(place: Workspace) -> Iterator[None]:
    with (
        locks.held(place, "deployment"),
        locks.held(place, "monitoring"),
    ):
        yield


def _chosen(run: Run) -> str:
    words = [word for word in run.arguments if word.startswith(_ALERT)]
    name = words[-1].removeprefix(_ALERT) if words else ""
    known = {rule["alert"] for rule in rules.alerts(run.workspace.root)}
    if name and name not in known:
        raise UsageError(f"there is no alert {name!r}", fix=f"-- {_ALERT}NAME, one of {', '.join(sorted(known))}")
    return name


def _selected(waves: Sequence[Wave], chosen: str) -> list[Wave]:
    """The waves, or of them only the faults that cause one alert."""
    kept = [Wave(tuple(f for f in wave.faults if not chosen or chosen in {a["alertname"] for a in f.alerts})) for wave in waves]
    return [wave for wave in kept if wave.faults] if chosen else list(waves)
