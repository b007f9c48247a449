"""kube-bench as the second opinion: whatever it finds must be explained by a verdict of ours on the same control."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline import engine, process
from pipeline.errors import ClusterError
from pipeline.harden.judge import Result
from pipeline.toolchain import golang, supply
from pipeline.workspace import Workspace

_BENCHMARK = "cis-1.11"  # the newest that kube-bench 0.14 knows; its own choice for this Kubernetes would be a guess
_FOLDER = "/opt/portcullis-kube-bench"
_SECONDS = 300
_FEWEST = 120  # tests of that benchmark; fewer means that a part of it was passed by
_MODULE = "github.com/aquasecurity/kube-bench"
# Where it fails what we pass, it looks at the wrong place; anything else would be a disagreement to settle.
_MISLED = {"1.1.19": "it looks in /etc/kubernetes/pki, and minikube keeps certificates in /var/lib/minikube/certs"}


@dataclass(frozen=True)
class Opinion:
    """What kube-bench says of one control: PASS, FAIL, WARN or INFO, and what it saw."""

    id: str
    status: str
    seen: str


def ask(place: Workspace) -> tuple[Opinion, ...]:
    """Run kube-bench on the node, as root there and with the cluster's own kubectl. Raises `ClusterError` when it says nothing of use."""
    with _there(place) as folder:
        path = f"/var/lib/minikube/binaries/v{place.settings.kubernetes}:/usr/sbin:/usr/bin:/sbin:/bin"
        environment = {"KUBECONFIG": "/etc/kubernetes/admin.conf", "PATH": path}
        words = ["run", "--config-dir", f"{folder}/cfg", "--config", f"{folder}/cfg/config.yaml", "--benchmark", _BENCHMARK, "--json"]
        said = engine.in_node(place, f"{folder}/kube-bench", *words, timeout=_SECONDS, environment=environment, fix="read the stage's log")
        return parse(said.stdout)


@contextmanager
def _there(place: Workspace) -> Iterator[str]:
    """Put kube-bench and its tables on the node, for the time of the block."""
    program = supply.tool(place, "kube-bench")
    tables = golang.module_file(place, "kube-bench", _MODULE, "cfg")
    try:
        engine.in_node(place, "mkdir", "-p", f"{_FOLDER}/cfg")
        process.run([engine.DOCKER, "cp", program, f"{place.name}:{_FOLDER}/kube-bench"], timeout=60)
        for name in ("config.yaml", _BENCHMARK):
            process.run([engine.DOCKER, "cp", tables / name, f"{place.name}:{_FOLDER}/cfg/{name}"], timeout=60)
        yield _FOLDER
    finally:
        engine.in_node(place, "rm", "-rf", _FOLDER)


def parse(said: str) -> tuple[Opinion, ...]:
    """Read kube-bench's JSON. Raises `ClusterError` when it is none, or has fewer tests than the benchmark."""
    try:
        tests = [
            Opinion(str(test["test_number"]), str(test["status"]), " ".join(str(test.get("actual_value", "")).split())[:200])
            for control in json.loads(said)["Controls"]
            for group in control["tests"]
            for test in group["results"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterError("kube-bench printed no results", fix="read the stage's log") from error
    if len(tests) < _FEWEST:
        raise ClusterError(f"kube-bench made {len(tests)} tests, expected at least {_FEWEST}", fix="read the stage's log")
    return tuple(tests)


def unexplained(opinions: Iterable[Opinion], results: Iterable[Result]) -> tuple[Result, ...]:
    """Return a FAIL for everything that kube-bench finds and no verdict of ours explains."""
    known: Mapping[str, Result] = {result.id: result for result in results}
    answers = [(each, known.get(each.id)) for each in opinions]
    return tuple(found for opinion, ours in answers if (found := _against(opinion, ours)))


def _against(opinion: Opinion, ours: Result | None) -> Result | None:
    """A FAIL, unless our verdict on the same control explains the opinion."""
    id_, seen = f"kube-bench {opinion.id}", f"{opinion.status} {opinion.seen}".strip()
    if ours is None:
        return Result(id_, "control that only kube-bench knows", "FAIL", seen, "add it to pipeline/harden/cis")
    misled = opinion.id in _MISLED
    if misled != (opinion.status == "FAIL" and ours.verdict == "PASS"):
        why = "no longer fails it: remove it from _MISLED" if misled else "fails what passes here: see which of the two is right"
        return Result(id_, ours.title, "FAIL", seen, f"kube-bench {why}")
    if opinion.status in {"FAIL", "WARN"} and ours.verdict == "FAIL":
        return Result(id_, ours.title, "FAIL", seen, ours.note)
    return None


def counts(opinions: Iterable[Opinion]) -> str:
    """How many of each status, in words."""
    numbers = Counter(opinion.status for opinion in opinions)
    return ", ".join(f"{numbers[status]} {status}" for status in ("PASS", "WARN", "FAIL", "INFO") if numbers[status])
