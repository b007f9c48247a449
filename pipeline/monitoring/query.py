"""Asks Prometheus, Alertmanager and the pager, from this machine and without a port on it.

The node reaches the pods that it runs, so the questions are asked there. The API server's proxy would do as well, and admission refuses
it to everybody (rule `connection`): it leads past authorization and admission to every port in the cluster.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline import engine, kubectl
from pipeline.errors import ClusterError, CommandError
from pipeline.workspace import Workspace

NAMESPACE = "monitoring"
PORTS: Mapping[str, int] = {"prometheus": 9090, "alertmanager": 9093, "kube-state-metrics": 8080, "pager": 8080}
_SECONDS = 30
_AGAIN = "nox -s monitor"


@dataclass(frozen=True)
class Sample:
    """One series at one moment: its labels, and its value."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Curve:
    """One series over a time: its labels, and pairs of Unix time and value."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Watch:
    """The parts that watch, by where they were found. Whoever restarts one of them has to look again."""

    place: Workspace
    addresses: Mapping[str, str]

    def instant(self, expression: str, at: float | None = None) -> list[Sample]:
        """What an expression is now, or at a Unix time. A scalar is one sample without labels. Raises `ClusterError`."""
        answer = self._prometheus("query", {"query": expression} | ({} if at is None else {"time": f"{at:.3f}"}))
        if answer["resultType"] == "scalar":
            return [Sample({}, float(answer["result"][1]))]
        return [Sample(each["metric"], float(each["value"][1])) for each in answer["result"]]

    def range(self, expression: str, start: float, end: float, step: float) -> list[Curve]:
        """What an expression was from one Unix time to another, every `step` seconds. Raises `ClusterError`."""
        span = {"query": expression, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
        found = self._prometheus("query_range", span)["result"]
        return [Curve(each["metric"], tuple((float(at), float(value)) for at, value in each["values"])) for each in found]

    def number(self, expression: str, otherwise: float = 0.0) -> float:
        """The one value of an expression, `otherwise` when it has none. Raises `ClusterError` when it has several."""
        found = self.instant(expression)
        if len(found) > 1:
            raise ClusterError(f"{expression} is {len(found)} series, expected one", fix="sum() it")
        return found[0].value if found else otherwise

    def targets(self) -> list[dict[str, Any]]:
        """Every target that Prometheus asks, with its health and its last error."""
        return list(self._prometheus("targets", {"state": "active"})["activeTargets"])

    def rules(self) -> list[dict[str, Any]]:
        """Every rule that Prometheus has loaded, with its health, its last error and the alerts that it has."""
        return [rule for group in self._prometheus("rules", {})["groups"] for rule in group["rules"]]

    def alerts(self) -> list[dict[str, Any]]:
        """Every alert that Alertmanager has, with its receivers and what keeps it quiet."""
        return list(self.ask("alertmanager", "/api/v2/alerts"))

    def notifications(self) -> list[dict[str, Any]]:
        """What the pager was told last, oldest first: each with its number, when it arrived, and Alertmanager's message as `content`."""
        return list(self.ask("pager", "/notifications"))

    def ask(self, part: str, path: str, parameters: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - any JSON value
        """The JSON at a path of a part. Raises `ClusterError` when it does not answer, or not in JSON."""
        words = [word for name, value in (parameters or {}).items() for word in ("--data-urlencode", f"{name}={value}")]
        url = f"http://{self.addresses[part]}:{PORTS[part]}{path}"
        try:
            said = engine.in_node(self.place, "curl", "-sS", "--max-time", "20", "--get", *words, url, timeout=_SECONDS)
            return json.loads(said.stdout)
        except (CommandError, ValueError) as error:
            raise ClusterError(f"{part} does not answer {path}: {error}", fix=_AGAIN) from error

    def _prometheus(self, path: str, parameters: Mapping[str, str]) -> Any:  # noqa: ANN401 - any JSON value
        return _data(self.ask("prometheus", f"/api/v1/{path}", parameters))


def find(place: Workspace) -> Watch:
    """Where the parts are now. Raises `ClusterError` when one of them has no pod that is ready."""
    pods = kubectl.get(place, "pods", f"--namespace={NAMESPACE}")
    addresses = {each["metadata"]["labels"].get("app.kubernetes.io/name", ""): each["status"]["podIP"] for each in pods if ready(each)}
    if missing := sorted(set(PORTS) - set(addresses)):
        raise ClusterError(f"{' and '.join(missing)} is not ready", fix=_AGAIN)
    return Watch(place, addresses)


def ready(pod: Mapping[str, Any]) -> bool:
    """Whether a pod answers, has an address and is not on its way out."""
    conditions = pod["status"].get("conditions", [])
    answers = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return answers and bool(pod["status"].get("podIP")) and "deletionTimestamp" not in pod["metadata"]


def _data(answer: Any) -> Any:  # noqa: ANN401 - any JSON value
    if not isinstance(answer, dict) or answer.get("status") != "success":
        said = answer.get("error", answer) if isinstance(answer, dict) else answer
        raise ClusterError(f"Prometheus: {str(said)[:300]}", fix="correct the expression")
    return answer["data"]
