"""What one pod is asked before users are sent to it: its probes, its answers, how fast they come, and whether they cost memory.

The questions come from the node, which reaches its own pods always: no NetworkPolicy has to let the pipeline in.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline import contract, engine
from pipeline.contract import Contract
from pipeline.load import figures
from pipeline.look import Release
from pipeline.workspace import Workspace

_FIRST, _ROUNDS, _MANY = 15, 3, 250
# For one answer as long as a user of the load tests waits; for many, so that the old release is whole again in time.
_PATIENCE_SECONDS, _BATCH_SECONDS = 5, 45
# Asked one after the other on a busy machine, a few answers are late by others' fault; a slow release makes nearly all of them late.
_SHARE, _TIMES = 90, 4
_GROWTH_MIB = 4.0
# Begins the line of fields: no text holds it (RFC 7464 uses it so).
_MARK = "\x1e"


@dataclass(frozen=True)
class Answer:
    """What one question got; `status` is 0 when there was no answer in time."""

    text: str
    body: str
    status: int
    seconds: float
    commit: str


@dataclass(frozen=True)
class Found:
    """The first fault that was found, if any, and what was measured until then."""

    faults: tuple[str, ...] = ()
    figures: dict[str, Any] = field(default_factory=dict)


def ask(place: Workspace, pod: Mapping[str, Any], container: Mapping[str, Any], release: Release) -> Found:
    """Ask a running pod whose container is declared as given, until something is wrong or all is asked."""
    address, settings = pod["status"]["podIP"], place.settings
    if faults := [fault for kind, url in probes(container, address).items() for fault in _probe(place, kind, url)]:
        return Found(tuple(faults))
    known, site = contract.of(place), f"http://{address}:{settings.service.port}"
    allowed = settings.load_p99_ms * _TIMES
    quickest = math.inf
    for _ in range(_ROUNDS):
        answers = _questions(place, known, site, _FIRST)
        if faults := wrong(answers, known, release):
            return Found(tuple(faults))
        quickest = min(quickest, percentile(answers))
        # Among the answers of a service that only waits for its turn some are quick.
        if quickest <= allowed or min(each.seconds for each in answers) * 1000 > allowed:
            break
    found = {"late_ms": quickest}
    if quickest > allowed:
        return Found((f"{_SHARE} of 100 answers take up to {quickest:.0f} ms, {allowed} are allowed",), found)
    return _soak(place, pod, site, release, found)


def _soak(place: Workspace, pod: Mapping[str, Any], site: str, release: Release, found: dict[str, Any]) -> Found:
    """Ask many questions twice, to warm up and to see what they cost in memory."""
    known = contract.of(place)
    _questions(place, known, site, _MANY)
    before = _memory(place, pod)
    answers = _questions(place, known, site, _MANY)
    grown = round(_memory(place, pod) - before, 1)
    faults = wrong(answers, known, release) or ([f"memory grows by {grown} MiB over {_MANY} answers"] if grown > _GROWTH_MIB else [])
    return Found(tuple(faults), found | {"grown_mib": grown, "answers": _FIRST + 2 * _MANY})


def probes(container: Mapping[str, Any], address: str) -> dict[str, str]:
    """The URL of each HTTP probe of a container, as the kubelet asks it: that of the liveness probe is asked too late to be waited for."""
    ports = {port.get("name"): port["containerPort"] for port in container.get("ports", [])}
    urls = {}
    for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
        if get := container.get(kind, {}).get("httpGet"):
            urls[kind] = f"{get.get('scheme', 'HTTP').lower()}://{address}:{ports.get(get['port'], get['port'])}{get.get('path', '/')}"
    return urls


def _probe(place: Workspace, kind: str, url: str) -> list[str]:
    status = _curl(place, "--output", "/dev/null", "--write-out", "%{http_code}", url).strip()
    # Source: https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#define-a-liveness-http-request
    return [] if "200" <= status < "400" else [f"its {kind} fails ({url.rpartition('/')[2] or '/'} answers {status})"]


def _questions(place: Workspace, known: Contract, site: str, count: int) -> list[Answer]:
    fields = ("%{http_code}", "%{time_total}", f"%header{{{place.settings.service.commit_header}}}", "%{url_effective}")
    urls = [site + known.path(text) for text in known.texts(count)]
    return read(_curl(place, "--globoff", "--path-as-is", "--write-out", f"{_MARK}{json.dumps(fields)}\\n", *urls), known)


def read(said: str, known: Contract) -> list[Answer]:
    """Turn what curl wrote, a body, a mark and a line of fields in turn, into answers."""
    answers = []
    while _MARK in said:
        body, _, rest = said.partition(_MARK)
        line, _, said = rest.partition("\n")
        status, seconds, commit, url = json.loads(line)
        answers.append(Answer(known.text(url), body, int(status), float(seconds), commit))
    return answers


def _curl(place: Workspace, *words: str) -> str:
    options = ("--silent", "--fail-early", "--max-time", str(_PATIENCE_SECONDS))
    return engine.in_node(place, "curl", *options, *words, timeout=_BATCH_SECONDS, ok=None).stdout


def wrong(answers: Sequence[Answer], known: Contract, release: Release) -> list[str]:
    """Return the first answer that is missing, wrong, or another release's, in words."""
    if not answers:
        return ["cannot be asked"]
    for each in answers:
        expected = known.right(each.text)
        if each.status != 200:  # noqa: PLR2004 - the one good status
            return [f"answers {each.status or 'nothing'} after {each.seconds:.1f} s"]
        if each.body != expected:
            return [f"answers {each.body[:40]!r} for {each.text!r}, expected {expected!r}"]
        if each.commit != release.commit:
            return [f"answers for commit {each.commit[:12]}, expected {release.commit[:12]}"]
    return []


def percentile(answers: Sequence[Answer]) -> float:
    """Milliseconds that 90 of 100 answers take at most."""
    return figures.percentile(sorted(each.seconds * 1000 for each in answers), _SHARE)


def _memory(place: Workspace, pod: Mapping[str, Any]) -> float:
    """MiB of the pod's container, 0 when it has just gone."""
    name = pod["status"]["containerStatuses"][0]["containerID"].rpartition("/")[2]
    said = engine.in_node(place, "crictl", "stats", f"--id={name}", "--output=json", ok=None).stdout
    try:
        return int(json.loads(said)["stats"][0]["memory"]["workingSetBytes"]["value"]) / (1 << 20)
    except (ValueError, LookupError):
        return 0.0
