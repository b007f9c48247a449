"""Compares each object with what was applied, field by field, and tells Terraform of what differs.

The provider knows an object by the annotation that was written when it was applied: a plan sees neither a field that was edited beside it
nor one that was added. So the API server is asked what the applied object would be today, as a dry run: whatever else is there is drift.
Terraform then repairs it, once the annotation says what is really there.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline import kubectl
from pipeline.workspace import Workspace

APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# The Deployment controller counts there, and `kubectl rollout restart`, which changes nothing else, leaves its time.
_OTHERS = {APPLIED, "deployment.kubernetes.io/revision", "kubectl.kubernetes.io/restartedAt"}
_ABSENT = object()
_WIDTH = 80
Content = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """One field that is not as applied. `found` or `wanted` is None where there is nothing."""

    path: tuple[str | int, ...]
    found: Any
    wanted: Any

    def __str__(self) -> str:
        """Name the field, and both values."""
        name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path).lstrip(".")
        return f"{name} is {_short(self.found)}, wanted {_short(self.wanted)}"


@dataclass(frozen=True)
class Changed:
    """An object that is not as it was applied."""

    kind: str
    name: str
    namespace: str
    applied: Mapping[str, Any]
    differences: tuple[Difference, ...]

    @property
    def lines(self) -> list[str]:
        """A line for each field."""
        return [f"{self.kind} {self.name}: {difference}" for difference in self.differences]


def changed(place: Workspace, manifests: Path) -> list[Changed]:
    """Return the objects of an overlay that are there and differ from what was applied. Changes nothing."""
    found = kubectl.run(place, "get", "--kustomize", manifests, "--ignore-not-found", "--output=json").stdout
    answer = json.loads(found or "{}")
    live = [each for each in (answer.get("items", [answer]) if answer else []) if APPLIED in each["metadata"].get("annotations", {})]
    if not live:
        return []
    applied = [json.loads(each["metadata"]["annotations"][APPLIED]) for each in live]
    words = ("replace", "--dry-run=server", "--validate=false", "--filename=-", "--output=json")
    said = kubectl.run(place, *words, stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": applied})).stdout
    wanted = {key(each): each for each in documents(said)}
    bounds = next((each["spec"] for each in applied if each["kind"] == "HorizontalPodAutoscaler"), None)
    pairs = ((each, was, tuple(compare(each, wanted[key(each)], bounds))) for each, was in zip(live, applied, strict=True))
    return [
        Changed(each["kind"], each["metadata"]["name"], each["metadata"].get("namespace", ""), was, differences)
        for each, was, differences in pairs
        if differences
    ]


def documents(said: str) -> Iterator[Content]:
    """Read JSON values that follow one another, as kubectl prints what it replaced."""
    reader, place = json.JSONDecoder(), 0
    while rest := said[place:].lstrip():
        value, end = reader.raw_decode(rest)
        place = len(said) - len(rest) + end
        yield value


def rendered(place: Workspace, manifests: Path) -> list[Content]:
    """The objects of an overlay, as its files have them."""
    return list(yaml.safe_load_all(kubectl.run(place, "kustomize", manifests).stdout))


def key(content: Content) -> tuple[str, str]:
    """What tells an object from the others of an overlay."""
    return content["kind"], content["metadata"]["name"]


def compare(live: Mapping[str, Any], wanted: Mapping[str, Any], bounds: Mapping[str, Any] | None) -> Iterator[Difference]:
    """Return what is not as wanted. The autoscaler, if there is one, may choose a Deployment's replicas within its bounds."""
    replicas = live.get("spec", {}).get("replicas") if live["kind"] == "Deployment" and bounds else None
    if replicas is not None and bounds and not bounds["minReplicas"] <= replicas <= bounds["maxReplicas"]:
        yield Difference(("spec", "replicas"), replicas, f"{bounds['minReplicas']} to {bounds['maxReplicas']}")
    yield from differences(essence(live, scaled=bool(bounds)), essence(wanted, scaled=bool(bounds)))


def essence(content: Mapping[str, Any], *, scaled: bool) -> dict[str, Any]:
    """The part of an object that people decide: no status, nothing that the server, a controller or the autoscaler writes."""
    kept = copy.deepcopy({name: value for name, value in content.items() if name not in {"status", "metadata", "apiVersion", "kind"}})
    metadata = content["metadata"]
    kept["metadata"] = {name: dict(metadata.get(name) or {}) for name in ("labels", "annotations")}
    if kept.get("spec") and content["kind"] == "Deployment":
        if scaled:
            kept["spec"].pop("replicas", None)
        template = kept["spec"]["template"]["metadata"]
        template["annotations"] = {name: value for name, value in (template.get("annotations") or {}).items() if name not in _OTHERS}
        template.pop("creationTimestamp", None)
    kept["metadata"]["annotations"] = {name: value for name, value in kept["metadata"]["annotations"].items() if name not in _OTHERS}
    return kept


def differences(found: Any, wanted: Any, path: tuple[str | int, ...] = ()) -> Iterator[Difference]:  # noqa: ANN401 - JSON values
    """Compare two JSON values: mappings by key, lists of one length by place, everything else as a whole."""
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        for name in sorted({*found, *wanted}):
            yield from differences(found.get(name, _ABSENT), wanted.get(name, _ABSENT), (*path, name))
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        for number, (left, right) in enumerate(zip(found, wanted, strict=True)):
            yield from differences(left, right, (*path, number))
    elif found != wanted:
        yield Difference(path, *(None if value is _ABSENT else value for value in (found, wanted)))


def told(applied: Mapping[str, Any], found: Iterable[Difference]) -> dict[str, Any]:
    """Return what was applied with the fields as they were found: what Terraform has to be told for its plan to be the truth."""
    content = copy.deepcopy(dict(applied))
    for each in found:
        place: Any = content
        for part, following in zip(each.path[:-1], each.path[1:], strict=True):
            place = place[part] if isinstance(part, int) else place.setdefault(part, [] if isinstance(following, int) else {})
        _put(place, each.path[-1], each.found)
    return content


def _put(place: Any, last: str | int, value: Any) -> None:  # noqa: ANN401 - JSON values
    if value is None:
        place.pop(last, None)
    else:
        place[last] = value


def tell(place: Workspace, credential: Path, each: Changed) -> None:
    """Write into an object's annotation what is really there, so that the next plan takes it back."""
    value = json.dumps(told(each.applied, each.differences), separators=(",", ":"))
    where = ("--namespace", each.namespace) if each.namespace else ()
    patch = json.dumps({"metadata": {"annotations": {APPLIED: value}}})
    kubectl.run(place, *where, "patch", each.kind, each.name, "--type=merge", f"--patch={patch}", credential=credential)


def _short(value: Any) -> str:  # noqa: ANN401 - JSON values
    text = "nothing" if value is None else json.dumps(value) if not isinstance(value, str) else repr(value)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."
