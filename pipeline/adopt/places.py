"""Where else a setting of the service stands: in manifests, Dockerfile and objectives, which other tools read as they are.

`python -m pipeline adopt` writes them anew; a test compares what is committed with what would be written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import contract
from pipeline.errors import UsageError
from pipeline.monitoring import objectives
from pipeline.settings import Service

_DEPLOYMENT, _METRICS = "terraform/manifests/base/deployment.yaml", "terraform/manifests/base/metrics.yaml"
_WATCHERS, _SCRAPES = "terraform/monitoring/manifests/network.yaml", "terraform/monitoring/manifests/prometheus/prometheus.yaml"
_OBJECTIVE_TESTS = "tests/monitoring/slo.yaml"
_ENTRANCES = tuple(f"terraform/manifests/overlays/{overlay}/network.yaml" for overlay in ("local", "cloud"))


@dataclass(frozen=True)
class Place:
    """One value in one file: what stands before it, as a regular expression, and what it must be."""

    file: str
    before: str
    value: str
    form: str = r"[^\s,]+"

    def settled(self, text: str) -> str:
        """The file's text with the value in its place. Raises `UsageError` when the file has no such place."""
        changed, count = re.subn(f"({self.before}){self.form}", lambda found: found[1] + self.value, text, count=1)
        if not count:
            raise UsageError(f"{self.file} has no place like {self.before!r} for {self.value}", fix=f"git log -p {self.file}")
        return changed


def places(service: Service) -> Iterator[Place]:
    """Every place that a setting of the service has beside its table."""
    for kind, path in {"startup": service.ready_path, "readiness": service.ready_path, "liveness": service.live_path}.items():
        yield Place(_DEPLOYMENT, rf"{kind}Probe:\n +httpGet:\n +path: ", path)
    for name, port in {"http": service.port, "metrics": service.metrics_port}.items():
        yield Place(_DEPLOYMENT, rf"- name: {name}\b[^\n]*\n +containerPort: ", str(port))
    yield Place(_METRICS, r"protocol: TCP\n +port: ", str(service.metrics_port))
    for file in _ENTRANCES:
        yield Place(file, r"protocol: TCP\n +port: ", str(service.port))
    yield Place(_WATCHERS, r"name: hash\n +ports:\n +- protocol: TCP\n +port: ", str(service.metrics_port))
    yield Place(_SCRAPES, r"job_name: hash\n +metrics_path: ", service.metrics_path)
    yield Place("Dockerfile", r"\bPORT=", str(service.port))
    yield Place("Dockerfile", r"\bMETRICS_PORT=", str(service.metrics_port))
    yield Place("Dockerfile", r"\nEXPOSE ", f"{service.port} {service.metrics_port}", r"[^\n]+")
    for comment, path in {"they hide nothing": service.live_path, "while it drains": service.ready_path}.items():
        yield Place(_OBJECTIVE_TESTS, rf'{comment}\.\n[^\n]*route="', path, r'[^"]+')
    yield Place(objectives.FILE, r"\nrequests = ", f"'job=\"hash\",{contract.users(service)}'", r"[^\n]+")


def settled(root: Path, service: Service) -> Mapping[Path, str]:
    """The files that hold a setting and what they must hold. Raises `UsageError` when one of them has no place for it."""
    texts: dict[Path, str] = {}
    for place in places(service):
        path = root / place.file
        texts[path] = place.settled(texts.get(path) or path.read_text("utf-8"))
    return texts


def write(root: Path, service: Service) -> list[Path]:
    """Write the settings into their other places. Return the files that changed."""
    stale = {path: text for path, text in settled(root, service).items() if path.read_text("utf-8") != text}
    for path, text in stale.items():
        path.write_text(text, "utf-8")
    return list(stale)
