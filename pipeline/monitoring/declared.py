"""Drift as far as metrics show it: alerts generated from the very manifests that Terraform applies, so that they stay true.

Metrics tell that an object is there, and some of its numbers. Field by field the cluster is compared by `nox -s drift`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

OVERLAY = "terraform/manifests/overlays/local"
_TRIED = "90s"  # longer than a deployment tries one pod of a release beside the service
NAMESPACE = "hash"
# The series by which kube-state-metrics says that an object of a kind is there, and the label with its name.
_PRESENCE = {
    "Deployment": ("kube_deployment_created", "deployment"),
    "HorizontalPodAutoscaler": ("kube_horizontalpodautoscaler_info", "horizontalpodautoscaler"),
    "LimitRange": ("kube_limitrange_created", "limitrange"),
    "NetworkPolicy": ("kube_networkpolicy_created", "networkpolicy"),
    "PodDisruptionBudget": ("kube_poddisruptionbudget_created", "poddisruptionbudget"),
    "ResourceQuota": ("kube_resourcequota_created", "resourcequota"),
    "Service": ("kube_service_info", "service"),
}
# Without this nobody knows what is there, and that is another alert's business.
_KNOWN = 'and on () up{job="kube-state-metrics"} == 1'
_SUFFIXES: Mapping[str, int | Decimal] = {"": 1, "m": Decimal("0.001"), "k": 1000, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}


def objects(root: Path, folder: str = OVERLAY) -> list[dict[str, Any]]:
    """The objects of a kustomization and of those that it is made of. What patches change is no number that a metric shows."""
    found: list[dict[str, Any]] = []
    here = root / folder
    for name in yaml.safe_load((here / "kustomization.yaml").read_text("utf-8"))["resources"]:
        path = here / name
        if path.is_dir():
            found += objects(root, path.resolve().relative_to(root.resolve()).as_posix())
        else:
            found += [each for each in yaml.safe_load_all(path.read_text("utf-8")) if each]
    return found


def groups(declared: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The one group of rules about these objects: something is missing, something is changed, something is there that nobody declared."""
    rules = [
        _alert("DeclaredObjectMissing", missing(declared), "A part of the release is gone; what it did for the service is not done."),
        _alert("DeclaredObjectChanged", changed(declared), "A part of the release was changed beside the pipeline; nobody judged it."),
        _alert("UndeclaredObject", undeclared(declared), "Something runs or is allowed beside the service that nobody declared.", _TRIED),
    ]
    return [{"name": "declared", "interval": "15s", "rules": rules}]


def missing(declared: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """An expression for each object, true while it is absent."""
    for each in sorted(declared, key=lambda one: (one["kind"], one["metadata"]["name"])):
        if each["kind"] in _PRESENCE:
            metric, label = _PRESENCE[each["kind"]]
            yield f'absent({metric}{{namespace="{NAMESPACE}",{label}="{each["metadata"]["name"]}"}})'


def undeclared(declared: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """An expression for each kind, true for every object that is not among the declared ones."""
    for kind, (metric, label) in sorted(_PRESENCE.items()):
        if names := sorted(each["metadata"]["name"] for each in declared if each["kind"] == kind):
            yield f'{metric}{{namespace="{NAMESPACE}",{label}!~"{"|".join(names)}"}}'


def changed(declared: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """An expression for each declared number, true while the cluster has another one."""
    readers: Mapping[str, Callable[[Mapping[str, Any]], Iterable[str]]] = {
        "HorizontalPodAutoscaler": _autoscaler,
        "NetworkPolicy": _network_policy,
        "ResourceQuota": _quota,
    }
    for each in sorted(declared, key=lambda one: (one["kind"], one["metadata"]["name"])):
        if each["kind"] in readers:
            yield from readers[each["kind"]](each)


def _autoscaler(each: Mapping[str, Any]) -> Iterator[str]:
    for bound in ("min", "max"):
        yield _differs(
            f"kube_horizontalpodautoscaler_spec_{bound}_replicas", "horizontalpodautoscaler", each, each["spec"][f"{bound}Replicas"]
        )


def _network_policy(each: Mapping[str, Any]) -> Iterator[str]:
    for direction in ("ingress", "egress"):
        yield _differs(f"kube_networkpolicy_spec_{direction}_rules", "networkpolicy", each, len(each["spec"].get(direction, [])))


def _quota(each: Mapping[str, Any]) -> Iterator[str]:
    for resource, limit in sorted(each["spec"]["hard"].items()):
        yield _differs("kube_resourcequota", "resourcequota", each, number(limit), f'type="hard",resource="{resource}"')


def _differs(metric: str, label: str, each: Mapping[str, Any], wanted: object, more: str = "") -> str:
    labels = ",".join(filter(None, (f'namespace="{NAMESPACE}"', f'{label}="{each["metadata"]["name"]}"', more)))
    return f"{metric}{{{labels}}} != {wanted}"


def number(quantity: str | int) -> str:
    """A Kubernetes quantity as a plain number. Raises `ValueError` for a suffix that this project does not use."""
    text = str(quantity)
    digits = text.rstrip("KMGikm")
    suffix = text[len(digits) :]
    if not digits.replace(".", "", 1).isdigit() or suffix not in _SUFFIXES:
        raise ValueError(f"{quantity!r} is no quantity that is known here")
    return f"{(Decimal(digits) * _SUFFIXES[suffix]).normalize():f}"


def _alert(name: str, alternatives: Iterable[str], feels: str, after: str = "30s") -> dict[str, Any]:
    # In brackets: `and` binds tighter than `or`, and each alternative is only true while it is known what is there.
    return {
        "alert": name,
        "expr": "(\n  " + "\n  or ".join(alternatives) + f"\n)\n{_KNOWN}",
        "for": after,
        "labels": {"severity": "ticket", "layer": "release"},
        "annotations": {"summary": feels, "runbook_url": f"docs/runbook.md#{name.lower()}"},
    }
