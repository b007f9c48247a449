"""Services at rising rates, in turn at each, so that a busy neighbour hits all alike; and the goals that come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table

from pipeline import console
from pipeline.load import figures, generator
from pipeline.load.figures import Figures
from pipeline.load.subjects import BARE, CLUSTER, TEXTBOOK, Subject
from pipeline.settings import Settings
from pipeline.workspace import Workspace

LADDER = (250, 500, 1000, 1500, 2000, 3000, 4000)
# A rate is held when every answer was good and late ones are few. Of a rate that was only held late, a second try decides.
_HELD_P99_MS, _TRIES = 250.0, 2
_KEPT_UP = 0.95


@dataclass(frozen=True)
class Step:
    """One service at one rate, and what it cost: CPU seconds of its own, and of Docker's proxy before it."""

    subject: str
    rate: int
    found: Figures
    cpu: float
    proxy: float

    @property
    def held(self) -> bool:
        """Whether every request got a good answer, and in time."""
        return self.found.failed == 0 and self.found.p99 <= _HELD_P99_MS

    @property
    def per_cpu_second(self) -> float:
        """Requests that one CPU second of the service answers."""
        return self.found.requests / self.cpu


def climb(place: Workspace, services: Sequence[Subject], ladder: Sequence[int], *, seconds: int) -> Iterator[Step]:
    """Ask each service at one rate after the other, until it cannot hold one."""
    climbing = list(services)
    for rate in ladder:
        for each in tuple(climbing):
            for _ in range(_TRIES):
                yield (step := _step(place, each, rate, seconds))
                if step.held or step.found.failed:
                    break
            if not step.held:
                climbing.remove(each)


def _step(place: Workspace, subject: Subject, rate: int, seconds: int) -> Step:
    since, proxy = subject.cpu_since(), subject.proxy()
    answers = generator.send(place, subject.url, rate=rate, seconds=seconds)
    step = Step(subject.name, rate, figures.of(answers), since(), subject.proxy() - proxy)
    console.progress(f"load: {subject.name} at {rate}/s: {step.found.failed} failed, p99 {step.found.p99} ms")
    return step


def best(steps: Sequence[Step], subject: str) -> Step | None:
    """Return a service's step at the highest rate that it held, if it held one."""
    return max((step for step in steps if step.subject == subject and step.held), key=lambda step: step.rate, default=None)


def judge(steps: Sequence[Step], settings: Settings, goals: Sequence[Goal]) -> list[str]:
    """Return which goals were missed, in words; empty when none was."""
    return [text for text in (goal(steps, settings) for goal in goals) if text]


def _rate(steps: Sequence[Step], settings: Settings) -> str:
    held = best(steps, CLUSTER)
    found = held.found.per_second if held else 0.0
    return f"{found:.0f}/s can be held, promised are {settings.load_most}" if found < settings.load_most * _KEPT_UP else ""


def _share(steps: Sequence[Step], settings: Settings) -> str:
    cluster, bare = best(steps, CLUSTER), best(steps, BARE)
    if cluster is None or bare is None:
        return f"no rate that cluster and bare process hold: not even {LADDER[0]}/s"
    share, goal = share_of_bare(cluster, bare), settings.load_bare_percent
    return f"the cluster holds {share:.0f} % of the bare process's rate, the goal is {goal}" if share < goal else ""


def _times(steps: Sequence[Step], settings: Settings) -> str:
    bare, textbook = best(steps, BARE), best(steps, TEXTBOOK)
    if bare is None or textbook is None:
        return f"no rate that bare process and textbook hold: not even {LADDER[0]}/s"
    times, goal = times_textbook(bare, textbook), settings.load_textbook_times
    return f"{times:.1f} times the textbook's requests per CPU second, the goal is {goal}" if times < goal else ""


Goal = Callable[[Sequence[Step], Settings], str]
GOALS: tuple[Goal, ...] = (_rate, _share, _times)


def share_of_bare(cluster: Step, bare: Step) -> float:
    """Per cent of the bare process's rate that the cluster holds."""
    return 100 * cluster.found.per_second / bare.found.per_second


def times_textbook(bare: Step, textbook: Step) -> float:
    """How many requests a CPU second of ours answers for each of the textbook's, both as busy as they can be held."""
    return bare.per_cpu_second / textbook.per_cpu_second


def sentence(steps: Sequence[Step]) -> str:
    """Say what was reached."""
    cluster, bare, textbook = (best(steps, name) for name in (CLUSTER, BARE, TEXTBOOK))
    words = [f"held {cluster.found.per_second:.0f}/s, p99 {cluster.found.p99} ms"] if cluster else []
    if cluster and bare:
        words.append(f"{share_of_bare(cluster, bare):.0f} % of a bare process's")
    if bare and textbook:
        words.append(f"{times_textbook(bare, textbook):.1f} times a textbook's requests per CPU second")
    return ", ".join(words)


def table(steps: Sequence[Step]) -> Table:
    """Draw one line per step."""
    drawn = Table(pad_edge=False)
    for heading in ("service", "rate/s", "good/s", "failed", "p50 ms", "p99 ms", "p99.9 ms", "requests per CPU s", "proxy CPU s per 1000"):
        drawn.add_column(heading, justify="left" if heading == "service" else "right")
    for step in sorted(steps, key=lambda each: (each.subject, each.rate)):
        found = step.found
        measured = (step.rate, found.per_second, found.failed, found.p50, found.p99, found.p999)
        costs = (f"{step.per_cpu_second:.0f}", f"{1000 * step.proxy / found.requests:.2f}")
        drawn.add_row(step.subject, *(str(value) for value in measured), *costs)
    return drawn
