"""What is looked at: every panel's queries, once, for the page and for Grafana.

Errors are read from the recorded objective, where "no error" is zero and "no request" is nothing: what is not there must not pass for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline import contract
from pipeline.dashboard.objective import AVAILABILITY
from pipeline.settings import Settings

WINDOW = "$window"  # the page and Grafana put their own time there
_JOB = 'job="hash"'
_KUBE = 'namespace="hash"'
_AUTOSCALER = f'{_KUBE},horizontalpodautoscaler="hash"'
_PROMISE = '{objective="availability"}'

Kind = Literal["lines", "steps", "stacked", "heat"]


@dataclass(frozen=True)
class Query:
    """One question: its PromQL, the labels that name its series (the first that a series has), or a fixed name."""

    text: str
    name: str = ""
    labels: tuple[str, ...] = ()
    expected: bool = True
    """Whether no answer at all is a finding: some things, such as an error, may never have happened."""

    def over(self, window: str) -> str:
        """The PromQL with its rates taken over this time."""
        return self.text.replace(WINDOW, window)


@dataclass(frozen=True)
class Panel:
    """One chart: key, title, a sentence for whoever sees it first, how it is drawn, its unit, its queries and its limits."""

    key: str
    title: str
    says: str
    kind: Kind
    unit: str
    queries: tuple[Query, ...]
    limits: tuple[Query, ...] = ()
    least_top: float = 0.0
    wide: bool = False


def burn(window: str) -> str:
    """How many times faster than allowed the error budget is used: 1 uses it up exactly at the end of the period."""
    return f"slo:bad:ratio{window}{_PROMISE} / {AVAILABILITY.budget:g}"


def left() -> str:
    """The share of the error budget that is left, over as much of the period as Prometheus has kept."""
    bad, every = (f"sum_over_time(slo:{kind}:minute{_PROMISE}[{AVAILABILITY.days}d])" for kind in ("bad", "requests"))
    return f"1 - {bad} / ({every} > 0) / {AVAILABILITY.budget:g}"


def panels(settings: Settings) -> tuple[Panel, ...]:
    """Every panel, in the order of the page."""
    return (*_requests(settings), *_objective(), *_instances(settings))


def _requests(settings: Settings) -> Iterator[Panel]:
    users = f"{_JOB},{contract.users(settings.service)}"
    by_bucket = f"sum by (le) (rate(http_request_duration_seconds_bucket{{{users}}}[{WINDOW}]))"
    yield Panel(
        key="traffic",
        title="Requests",
        says="Answers per second, by status. Probes of the platform are left out.",
        kind="stacked",
        unit="per second",
        queries=(Query(f"sum by (status) (rate(http_requests_total{{{users}}}[{WINDOW}]))", labels=("status",)),),
    )
    yield Panel(
        key="latency",
        title="Latency percentiles",
        says="Half of all requests are answered within p50, 99 of 100 within p99.",
        kind="lines",
        unit="seconds",
        queries=(Query(f"histogram_quantile(0.5, {by_bucket})", "p50"), Query(f"histogram_quantile(0.99, {by_bucket})", "p99")),
        limits=(Query(f"vector({settings.load_p99_ms / 1000:g})", "promised p99"),),
    )
    yield Panel(
        key="heat",
        title="Latency of every request",
        says="Each column is a moment, each row a range of time to answer; the stronger the colour, the more requests.",
        kind="heat",
        unit="per second",
        queries=(Query(by_bucket, labels=("le",)),),
        wide=True,
    )
    yield Panel(
        key="errors",
        title="Errors",
        says="Share of requests answered with a server error (5xx).",
        kind="lines",
        unit="ratio",
        queries=(Query(f"slo:bad:ratio1m{_PROMISE}", "errors"),),
        limits=(Query(f"vector({AVAILABILITY.budget:g})", "objective"),),
        least_top=0.002,
    )
    yield Panel(
        key="commits",
        title="Who answered",
        says="Answers per second, by the release (commit) that gave them.",
        kind="stacked",
        unit="per second",
        queries=(Query(f"sum by (commit) (rate(http_requests_total{{{users}}}[{WINDOW}]))", labels=("commit",)),),
    )


def _objective() -> Iterator[Panel]:
    yield Panel(
        key="budget",
        title="Error budget left",
        says=f"{AVAILABILITY.share:.1%} must be answered over {AVAILABILITY.days} days; at 0 the objective is missed.",
        kind="lines",
        unit="ratio",
        queries=(Query(left(), "budget left"),),
        least_top=1.0,
    )
    yield Panel(
        key="burn",
        title="Burn rate",
        says="How many times faster than allowed the budget is used. Values that stay above the limit wake somebody.",
        kind="lines",
        unit="times",
        queries=(Query(burn("5m"), "over 5 min"), Query(burn("1h"), "over 1 h")),
        limits=(Query(f"vector({AVAILABILITY.limit('1h'):g})", "pages over 1 h"),),
        least_top=2,
    )


def _instances(settings: Settings) -> Iterator[Panel]:
    yield Panel(
        key="replicas",
        title="Instances",
        says=f"Those that tell their metrics, and what the autoscaler wants: {settings.replicas_min} to {settings.replicas_max}.",
        kind="steps",
        unit="count",
        queries=(
            Query(f"sum(up{{{_JOB}}})", "answering"),
            Query(f"max(kube_horizontalpodautoscaler_status_desired_replicas{{{_AUTOSCALER}}})", "wanted"),
        ),
        limits=(Query(f"vector({settings.replicas_max})", "most"),),
    )
    yield Panel(
        key="cpu",
        title="CPU of each instance",
        says="Against what an instance asks for; the autoscaler adds instances at half of it.",
        kind="lines",
        unit="cores",
        queries=(Query(f"max by (instance) (rate(process_cpu_seconds_total{{{_JOB}}}[{WINDOW}]))", labels=("instance",)),),
        limits=(Query(f'max(kube_pod_container_resource_requests{{{_KUBE},resource="cpu"}})', "request"),),
    )
    yield Panel(
        key="memory",
        title="Memory of each instance",
        says="Against the limit at which the kernel ends an instance.",
        kind="lines",
        unit="bytes",
        queries=(Query(f"max by (instance) (process_resident_memory_bytes{{{_JOB}}})", labels=("instance",)),),
        limits=(Query(f'max(kube_pod_container_resource_limits{{{_KUBE},resource="memory"}})', "limit"),),
    )
