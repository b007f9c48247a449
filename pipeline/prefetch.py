"""Builds and fetches whatever the stages use, ahead of the time limits of those who use it."""

from __future__ import annotations

from pipeline import engine
from pipeline.cluster import images, node
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

_TOOLS = (
    "actionlint",
    "buildx",
    "cosign",
    "gitleaks",
    "kube-bench",
    "kubeconform",
    "kubectl",
    "minikube",
    "opa",
    "syft",
    "terraform",
    "tflint",
    "trivy",
    "vegeta",
)


def everything(place: Workspace) -> None:
    """Return once a run of every stage finds its tools, its node image and its cluster images in the cache.

    What `cloud-proof` alone needs is left to it.
    """
    engine.ensure(place)
    for name in _TOOLS:
        supply.tool(place, name)
    supply.module(place, "provider-kustomization")
    sources = images.of_addons(place) + images.of_monitoring(place)
    if not node.ensure(place).upstream:
        supply.module(place, "kubernetes")
        sources += images.of_kubernetes(place)
    images.archives(place, sources)
