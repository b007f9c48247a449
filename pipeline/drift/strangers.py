"""Finds what is in the release's namespace and belongs to nobody: no release has it, no controller made it.

The namespace is the service's alone, so whatever else is there was put there by hand, or by somebody who should not be there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import yaml

from pipeline import kubectl
from pipeline.cluster import access
from pipeline.workspace import Workspace

# Kubernetes puts these into every namespace, or keeps records in them.
_OWN = {("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")}
_RECORDS = {"Endpoints", "Event", "Lease", "PodMetrics"}
# What controllers make for an object. Of another kind, an owner is a claim that anybody can write.
_MADE = {"ControllerRevision", "EndpointSlice", "Pod", "ReplicaSet"}
# Names and kinds alone: what a Secret holds must not reach the log.
_FIELDS = ("{.kind}", "{.metadata.name}", "{.metadata.ownerReferences[*].kind}", "{.metadata.deletionTimestamp}")
_LISTING = "{range .items[*]}" + '{"\\t"}'.join(_FIELDS) + '{"\\n"}{end}'


@dataclass(frozen=True)
class Stranger:
    """An object that should not be there."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Name it as the other deviations are named."""
        return f"{self.kind} {self.name}: belongs to no release"


def find(place: Workspace, namespace: str, ours: Iterable[tuple[str, str]]) -> list[Stranger]:
    """List a namespace, every kind that can be listed and deleted, and return what is not ours. Changes nothing."""
    kinds = kubectl.run(place, "api-resources", "--namespaced", "--verbs=list,delete", "--output=name").stdout.split()
    said = kubectl.run(place, "--namespace", namespace, "get", ",".join(sorted(kinds)), f"--output=jsonpath={_LISTING}").stdout
    return sorted(unknown(said, {*ours, *declared(place, namespace)}), key=str)


def existing(place: Workspace, namespaces: Iterable[str]) -> list[str]:
    """Those of the namespaces that are there."""
    return sorted({*namespaces} & {each["metadata"]["name"] for each in kubectl.get(place, "namespaces")})


def declared(place: Workspace, namespace: str) -> Iterator[tuple[str, str]]:
    """What comes with the cluster: the rights that its accounts have in the namespace."""
    for file in access.manifests(place.root):
        for each in yaml.safe_load_all(file.read_text("utf-8")):
            if each["metadata"].get("namespace") == namespace:
                yield each["kind"], each["metadata"]["name"]


def unknown(listing: str, ours: set[tuple[str, str]]) -> Iterator[Stranger]:
    """Return what a listing (kind, name, kinds of owners, time of deletion) has beside ours and what Kubernetes makes itself."""
    for line in listing.splitlines():
        kind, name, owners, leaving = line.split("\t")
        made = bool(owners) and kind in _MADE
        if (kind, name) not in ours | _OWN and kind not in _RECORDS and not made and not leaving:
            yield Stranger(kind, name)


def remove(place: Workspace, namespace: str, each: Stranger) -> None:
    """Delete it, as the administrator: the deployer may neither see nor touch what is not the release's."""
    kubectl.run(place, "--namespace", namespace, "delete", each.kind, each.name, "--ignore-not-found", "--wait=false")
