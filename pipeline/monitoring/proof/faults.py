"""The faults, and what has to arrive for each of them. Those of one wave do not disturb one another and are made together.

Not among them: what takes hours (AvailabilityBurnsSlowly, LatencyBurnsSlowly), which promtool tests; and the watchdog, which always fires.
"""

from __future__ import annotations

import contextlib
import copy
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import requests

from pipeline import kubectl
from pipeline.errors import ClusterError
from pipeline.load import changes, generator
from pipeline.load.changes import NAMESPACE
from pipeline.monitoring.proof import denials
from pipeline.monitoring.proof.bench import LABEL, Bench
from pipeline.monitoring.query import NAMESPACE as MONITORING

TESTED_ONLY = ("AvailabilityBurnsSlowly", "LatencyBurnsSlowly")
_FELT_SECONDS, _LATE_SECONDS = 60.0, 0.1
_FILLERS = 10
_SLEEP = "import time; time.sleep(1800)"
# Written to, or the kernel would count nothing.
_LEAK = "import time; kept = b'x' * (116 << 20); time.sleep(1800)"
_CRASH = "raise SystemExit(1)"

Labels = Mapping[str, str]


def _nothing(_: Bench) -> None:
    """Nothing to do."""


def at_once(_: Bench) -> None:
    """It is felt when it begins."""


@dataclass(frozen=True)
class Fault:
    """One cause: how it is made and undone, what has to arrive for it, and what must not because it only follows."""

    what: str
    alerts: tuple[Labels, ...]
    begin: Callable[[Bench], None]
    end: Callable[[Bench], None] = _nothing
    felt: Callable[[Bench], None] = at_once
    """Returns when users feel it, where that is later than its beginning."""
    held_back: tuple[Labels, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether it is an event, which is over by itself, and not a state that has to be undone."""
        return self.end is _nothing


@dataclass(frozen=True)
class Wave:
    """Faults that are made together. `settled`: not before everything that fired so far has ended."""

    faults: tuple[Fault, ...]
    settled: bool = False


def _alert(name: str, **labels: str) -> Labels:
    return {"alertname": name, **labels}


# --- nobody answers, and one instance less


def _lose_all(bench: Bench) -> None:
    bench.cordon(closed=True)
    bench.lose(len(changes.living(bench.place)))


def _open(bench: Bench) -> None:
    bench.cordon(closed=False)
    changes.await_whole(bench.place)


def _lose_one(bench: Bench) -> None:
    bench.cordon(closed=True)
    bench.lose(1)


# --- a crowd in the namespace, and what is changed beside the pipeline


def _crowd(bench: Bench) -> None:
    bench.start(f"{LABEL}-leak", _LEAK)
    bench.start(f"{LABEL}-crash", _CRASH)
    for number in range(_FILLERS):
        bench.start(f"{LABEL}-{number}", _SLEEP)


def _door(bench: Bench) -> None:
    selector = {"matchLabels": {"app.kubernetes.io/name": LABEL}}
    metadata = {"name": LABEL, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/name": LABEL}}
    wish = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": {"podSelector": selector}}
    kubectl.run(bench.place, "create", "--filename=-", stdin=json.dumps(wish))


def _no_door(bench: Bench) -> None:
    kubectl.run(bench.place, "-n", NAMESPACE, "delete", "networkpolicy", LABEL)


def _quota(services: str) -> Callable[[Bench], None]:
    return lambda bench: bench.patch("resourcequota", "hash", {"spec": {"hard": {"services": services}}})


def _blind(bench: Bench) -> None:
    bench.take("networkpolicy", "from-prometheus")
    bench.cut(bench.place.settings.service.metrics_port)


# --- bad releases


def _bad(mood: str) -> Callable[[Bench], None]:
    return lambda bench: bench.set_release(bench.bad, mood)


def _answers(is_bad: Callable[[requests.Response], bool]) -> Callable[[Bench], None]:
    def wait(bench: Bench) -> None:
        deadline, url = time.monotonic() + _FELT_SECONDS, bench.place.url + bench.place.settings.service.probe_path
        while time.monotonic() < deadline:
            with contextlib.suppress(requests.RequestException):
                if is_bad(requests.get(url, timeout=5, headers={"Connection": "close"})):
                    return
            time.sleep(0.2)
        raise ClusterError("the bad release does not answer badly", fix="read the stage's log")

    return wait


def _is_late(reply: requests.Response) -> bool:
    return bool(reply.ok) and reply.elapsed.total_seconds() > _LATE_SECONDS


def _is_failing(reply: requests.Response) -> bool:
    return bool(reply.status_code == requests.codes.internal_server_error)


def _missing_image(bench: Bench) -> None:
    bench.set_release(f"{bench.release.rpartition(':')[0]}:{'0' * 40}")


# --- what watches


def _only_alertmanager(bench: Bench) -> None:
    """The pager's policy, narrower than it was declared."""
    bench.take("networkpolicy", "pager", MONITORING)
    narrow = copy.deepcopy(bench.taken[f"{MONITORING}/networkpolicy/pager"])
    narrow["spec"]["ingress"][0]["from"] = [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "alertmanager"}}}]
    kubectl.run(bench.place, "create", "--filename=-", stdin=json.dumps(narrow))
    bench.cut(8080)


def _pager_as_declared(bench: Bench) -> None:
    kubectl.run(bench.place, "-n", MONITORING, "delete", "networkpolicy", "pager")
    bench.put_back("networkpolicy", "pager", MONITORING)


# --- load


@dataclass
class _Load:
    """More requests than two instances should answer."""

    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def begin(self, bench: Bench) -> None:
        place = bench.place
        self.stack.enter_context(generator.sustained(place, place.url, rate=place.settings.load_most, keep_alive=True))

    def end(self, _: Bench) -> None:
        self.stack.close()


def waves() -> list[Wave]:
    """Every fault, in the order that takes the least time.

    Late answers come long before failing ones, or the five minutes of the one would still speak while the other is proven; the load comes
    last, for it is so many good answers that nothing else would be a tenth of them.
    """
    load = _Load()
    return [
        Wave(
            (
                Fault(
                    "the node takes no pods, and all instances are lost",
                    (_alert("ServiceDown"),),
                    _lose_all,
                    _open,
                    held_back=(_alert("ServiceUnmeasured"), _alert("InstancesMissing"), _alert("DisruptionBudgetZero")),
                ),
                Fault(
                    "a client without rights, with a certificate of ten minutes, asks for every Secret",
                    (_alert("ApiProbed"), _alert("CertificateExpiring", certificate="a client's")),
                    lambda bench: denials.probe(bench.place, bench.scratch),
                ),
                Fault(
                    "somebody asks for a privileged pod", (_alert("PodSecurityDenied"),), lambda bench: denials.privileged_pod(bench.place)
                ),
                Fault(
                    "somebody asks for a pod of the image latest",
                    (_alert("AdmissionDenied"),),
                    lambda bench: denials.latest_pod(bench.place),
                ),
            )
        ),
        Wave(
            (
                Fault(
                    "a release that answers late, set by hand",
                    (_alert("LatencyBurnsFast", window="5m"), _alert("WrongImage")),
                    _bad("late"),
                    Bench.restore_release,
                    _answers(_is_late),
                    held_back=(_alert("AvailabilityBurnsFast"),),
                ),
            )
        ),
        Wave(
            (
                Fault(
                    "the node takes no pods, and one of two instances is lost",
                    (_alert("InstancesMissing"), _alert("DisruptionBudgetZero")),
                    _lose_one,
                    _open,
                ),
            )
        ),
        Wave(
            (
                Fault(
                    "a dozen pods beside the service: one crashes, one leaks",
                    (_alert("CrashLoop"), _alert("MemoryNearLimit"), _alert("QuotaNearlyFull", resource="pods")),
                    _crowd,
                    Bench.clear,
                ),
                Fault("a NetworkPolicy that nobody declared", (_alert("UndeclaredObject", networkpolicy=LABEL),), _door, _no_door),
                Fault("the quota is changed by hand", (_alert("DeclaredObjectChanged", resourcequota="hash"),), _quota("2"), _quota("1")),
                Fault(
                    "the policy that lets Prometheus in is deleted",
                    (_alert("ServiceUnmeasured"), _alert("DeclaredObjectMissing", networkpolicy="from-prometheus")),
                    _blind,
                    lambda bench: bench.put_back("networkpolicy", "from-prometheus"),
                    held_back=(_alert("TargetDown", job="hash"),),
                ),
            )
        ),
        Wave(
            (
                Fault(
                    "a release whose image nobody has",
                    (_alert("RolloutFailed"),),
                    _missing_image,
                    Bench.restore_release,
                ),
                Fault("Prometheus may not reach the pager", (_alert("TargetDown", job="pager"),), _only_alertmanager, _pager_as_declared),
            )
        ),
        Wave(
            (
                Fault(
                    "a release that answers with errors, late, set by hand",
                    (_alert("AvailabilityBurnsFast", window="5m"),),
                    _bad("failing"),
                    Bench.restore_release,
                    _answers(_is_failing),
                    held_back=(_alert("LatencyBurnsFast"),),
                ),
                Fault(
                    "kube-state-metrics is gone",
                    (_alert("JobMissing", job="kube-state-metrics"),),
                    lambda bench: bench.scale("statefulset", "kube-state-metrics", 0, MONITORING),
                    lambda bench: bench.scale("statefulset", "kube-state-metrics", 1, MONITORING),
                ),
            ),
            settled=True,
        ),
        Wave((Fault("more requests than two instances answer", (_alert("AutoscalerAtMax"),), load.begin, load.end),)),
    ]
