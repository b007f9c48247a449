"""Mistreats what watches, and looks at what becomes of it: a flood of names, a restart, a full disk, a receiver that is away.

Everything is undone, whatever happens; each proof fails where the promise does not hold.
"""

from __future__ import annotations

import http.client
import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from rich.table import Table

from pipeline import console, contract, engine, kubectl, store
from pipeline.cluster import volumes
from pipeline.errors import FindingError, PipelineError
from pipeline.monitoring import query
from pipeline.monitoring.query import NAMESPACE, Watch
from pipeline.stage import Run
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

PATHS = 5000
_OTHERS = 64 << 20  # bytes that the rest of the node may write meanwhile
_SECONDS = 120.0
_PROBE = "PortcullisProof"


@dataclass(frozen=True)
class Proof:
    """One promise, whether it held, what was seen, and how long that took."""

    name: str
    held: bool
    seen: str
    seconds: float


def run(run: Run) -> None:
    """Make every proof and show what came of it. Raises `FindingError` when a promise does not hold."""
    made = [_made(name, proof, run.workspace) for name, proof in PROOFS.items()]
    store.write(run.evidence / "monitoring.proofs.json", json.dumps(list(map(asdict, made)), indent=1) + "\n")
    run.figures["proofs"] = {each.name: each.held for each in made}
    console.show(table(made))
    if broken := [each for each in made if not each.held]:
        raise FindingError(f"{broken[0].name}: {broken[0].seen}", fix="see monitoring.proofs.json")


def _made(name: str, proof: Callable[[Workspace], tuple[bool, str]], place: Workspace) -> Proof:
    console.progress(f"monitoring: {name}")
    began = time.monotonic()
    try:
        held, seen = proof(place)
    except PipelineError as error:
        held, seen = False, error.what
    return Proof(name, held, seen, round(time.monotonic() - began, 1))


def table(made: list[Proof]) -> Table:
    """Draw the proofs."""
    drawn = Table(pad_edge=False)
    for heading in ("promise", "held", "seen", "seconds"):
        drawn.add_column(heading, justify="right" if heading == "seconds" else "left")
    for each in made:
        drawn.add_row(each.name, "[green]yes[/]" if each.held else "[red]no[/]", each.seen, f"{each.seconds:.0f}")
    return drawn


def cardinality(place: Workspace) -> tuple[bool, str]:
    """Thousands of different texts, and the service's series stay as many as they were: no path is ever a label."""
    watch, question = query.find(place), contract.of(place).path
    _ask_service(place, [question("warm"), "/no/such/path"])
    time.sleep(12)  # two scrapes of the service
    before = _by_name(watch)
    _ask_service(place, [question(f"{number:05}-{'x' * (number % 40)}") for number in range(PATHS)])
    time.sleep(12)
    after = _by_name(watch)
    grown = {name: (before.get(name, 0), count) for name, count in after.items() if count > before.get(name, 0)}
    seen = f"{PATHS} different paths: {sum(before.values()):.0f} series of the service before, {sum(after.values()):.0f} after"
    return bool(after) and not grown, seen + (f"; grown: {grown}" if grown else "")


def _by_name(watch: Watch) -> dict[str, float]:
    """How many series each metric of the service has, of the instances that are there now."""
    return {
        each.labels["__name__"]: each.value for each in watch.instant('max by (__name__) (count by (__name__, instance) ({job="hash"}))')
    }


def _ask_service(place: Workspace, paths: list[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=10)
    for path in paths:
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()


def restart(place: Workspace) -> tuple[bool, str]:
    """Prometheus is killed and comes back, and what it had measured before is still there."""
    watch = query.find(place)
    moment = time.time() - 30
    before = watch.instant('up{job="prometheus"}', moment)
    began = time.monotonic()
    kubectl.run(place, "delete", "pod", "prometheus-0", f"--namespace={NAMESPACE}", "--grace-period=0", "--force")
    time.sleep(2)
    watch = _found(place)
    after = watch.instant('up{job="prometheus"}', moment)
    seen = f"back after {time.monotonic() - began:.0f} s; of half a minute before: {len(before)} series then, {len(after)} now"
    return bool(before) and before == after, seen


def full_disk(place: Workspace) -> tuple[bool, str]:
    """Prometheus's volume is filled: the node's disk is not, and Prometheus goes on once there is room again, with what it had."""
    (volume,) = (each for each in volumes.declared(place.root) if each.name == "monitoring-prometheus")
    waste = volume.path.parent / "waste"
    watch = query.find(place)
    moment = time.time() - 20
    before = watch.instant('up{job="prometheus"}', moment)
    free = _free(place, "/var")
    try:
        for size in ("1M", "4k"):
            # dd ends with 1 when there is no room left, which is what it is for.
            words = ["dd", "if=/dev/zero", f"of={waste}", f"bs={size}", "conv=notrunc", "oflag=append"]
            engine.in_node(place, *words, ok=(0, 1), timeout=120)
        _wait("a failed write", lambda: _failed_writes(watch) > 0)
        failed, lost = _failed_writes(watch), free - _free(place, "/var")
    finally:
        engine.in_node(place, "rm", "-f", str(waste))
        engine.in_node(place, "fstrim", str(volume.path.parent), ok=(0, 1, 32, 64))  # the node gets the room back, where the kernel can
    time.sleep(20)
    watch = _found(place)
    _wait("fresh samples", lambda: watch.number('time() - max(timestamp(up{job="prometheus"}))', 999) < 60)  # noqa: PLR2004 - seconds
    kept = watch.instant('up{job="prometheus"}', moment) == before and bool(before)
    seen = f"{failed:.0f} writes failed, the node has {max(lost, 0) >> 20} MiB less, the volume has {volume.size >> 20}; "
    return kept and lost < volume.size + _OTHERS, seen + ("with room again it goes on, nothing lost" if kept else "what it had is gone")


def _failed_writes(watch: Watch) -> float:
    """What Prometheus says of its log. It is asked itself: what it can't write down, no query will show."""
    url = f"http://{watch.addresses['prometheus']}:9090/metrics"
    said = engine.in_node(watch.place, "curl", "-sS", "--max-time", "10", url).stdout
    found = re.search(r"^prometheus_tsdb_wal_writes_failed_total (\S+)$", said, re.MULTILINE)
    return float(found[1]) if found else 0.0


def receiver_down(place: Workspace) -> tuple[bool, str]:
    """The pager is taken away, an alert begins, and it arrives when the pager is back: Alertmanager tries again."""
    watch = query.find(place)
    _scale_pager(place, 0)
    began = time.monotonic()
    try:
        _fire(watch)
        _wait("a failed notification", lambda: _failed(watch) > 0)
        failed = _failed(watch)
        away = time.monotonic() - began
    finally:
        _scale_pager(place, 1)
    watch = _found(place)
    _wait("the alert", lambda: any(_PROBE in json.dumps(each["content"]) for each in watch.notifications()))
    return True, f"away for {away:.0f} s, {failed:.0f} attempts failed, arrived {time.monotonic() - began - away:.0f} s after it was back"


def _failed(watch: Watch) -> float:
    return watch.number("sum(increase(alertmanager_notification_requests_failed_total[2m]))")


def _fire(watch: Watch) -> None:
    """Hand Alertmanager one alert, as Prometheus would. Prometheus is not asked: the receiver is what is tried."""
    alert = [{"labels": {"alertname": _PROBE, "severity": "page"}, "annotations": {"summary": "A proof that notifications are retried."}}]
    url = f"http://{watch.addresses['alertmanager']}:9093/api/v2/alerts"
    words = ["curl", "-sS", "--fail", "--max-time", "10", "-H", "content-type: application/json", "--data", json.dumps(alert), url]
    engine.in_node(watch.place, *words)


def _scale_pager(place: Workspace, replicas: int) -> None:
    kubectl.run(place, "scale", "statefulset", "pager", f"--namespace={NAMESPACE}", f"--replicas={replicas}")
    condition = "--for=delete" if replicas == 0 else "--for=condition=Ready"
    if replicas:
        kubectl.run(place, "wait", "--for=create", "pod/pager-0", f"--namespace={NAMESPACE}", "--timeout=30s", timeout=40)
    kubectl.run(place, "wait", condition, "pod/pager-0", f"--namespace={NAMESPACE}", "--timeout=60s", timeout=70)


def _found(place: Workspace) -> Watch:
    found: list[Watch] = []

    def look() -> bool:
        try:
            found[:] = [query.find(place)]
            found[0].number("vector(1)")
        except PipelineError:
            return False
        return True

    _wait("every part to answer", look)
    return found[0]


def _wait(what: str, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise FindingError(f"{what} did not come within {_SECONDS:.0f} s", fix="nox -s monitor")
        time.sleep(2)


def _free(place: Workspace, path: str) -> int:
    """Bytes that are free in the file system of a path on the node."""
    return int(engine.in_node(place, "df", "--output=avail", "--block-size=1", path).stdout.split()[-1])


PROOFS: Mapping[str, Callable[[Workspace], tuple[bool, str]]] = {
    "names cannot multiply series": cardinality,
    "a killed Prometheus keeps its data": restart,
    "a full volume is nobody else's": full_disk,
    "a receiver that was away is told": receiver_down,
}
