"""What the controls are judged by: one reading of the node and the API, plain enough to be written down and to be changed by mutants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class File:
    """One file or folder of the node. `mode` is octal, as `stat` prints it."""

    path: str
    mode: str
    owner: str
    folder: bool = False


@dataclass(frozen=True)
class Proof:
    """Something that was tried on the live cluster: whether it came out as it must, and what was seen."""

    held: bool
    seen: str


@dataclass(frozen=True)
class Facts:
    """Everything that a control may ask about."""

    node: str
    flags: dict[str, dict[str, str]]
    """Command lines: part, flag, value."""
    kubelet: dict[str, Any]
    """The kubelet's settings as it tells them (`configz`)."""
    proxy: dict[str, Any]
    """kube-proxy's configuration file."""
    files: tuple[File, ...]
    settings: dict[str, Any]
    """The files that the API server reads, by their names in `spec.hardening`; keys are left out."""
    objects: dict[str, list[dict[str, Any]]]
    """API objects by kind; of Secrets and ConfigMaps no more than name and type."""
    published: tuple[str, ...]
    """Addresses of the host on which the engine publishes ports of the node."""
    authorities: dict[str, str]
    """SHA-256 of certificate authorities: cluster, etcd, front-proxy."""
    operator: dict[str, Any]
    """Who the pipeline's own kubeconfig is to the API."""
    proofs: dict[str, Proof]

    def under(self, path: str) -> list[File]:
        """Files and folders at `path` and below it."""
        return [file for file in self.files if file.path == path or file.path.startswith(path.rstrip("/") + "/")]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Objects of a kind; none when there are none."""
        return self.objects.get(kind, [])

    def pods(self) -> Iterator[Pod]:
        """Every pod with its containers, init and ephemeral ones included."""
        for each in self.of("Pod"):
            spec = each["spec"]
            containers = [*spec.get("initContainers", []), *spec["containers"], *spec.get("ephemeralContainers", [])]
            yield Pod(each["metadata"]["namespace"], each["metadata"]["name"], spec, containers)


@dataclass(frozen=True)
class Pod:
    """A pod, as far as controls look into it."""

    namespace: str
    name: str
    spec: dict[str, Any]
    containers: list[dict[str, Any]]

    def context(self, container: dict[str, Any], field: str) -> Any:  # noqa: ANN401 - whatever the field holds
        """A field of the container's security context, else the pod's."""
        own = container.get("securityContext") or {}
        return own.get(field, (self.spec.get("securityContext") or {}).get(field))
