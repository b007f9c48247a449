"""The namespaces that exist only while the penetration test runs: what a killed one has left is no part of a cluster as declared."""

from __future__ import annotations

from pipeline import kubectl, rules
from pipeline.workspace import Workspace

_DELETE_SECONDS = 60


def remove(place: Workspace) -> None:
    """Take the attacker's namespaces away and wait until they are gone. Pods end at once: what runs in them has nothing to finish."""
    declared = rules.load(place.root).values["attacker_namespaces"]
    there = {each["metadata"]["name"] for each in kubectl.get(place, "namespaces")}
    if not (names := [name for name in declared if name in there]):
        return
    for name in names:
        kubectl.run(place, "delete", "pods", "--all", f"--namespace={name}", "--grace-period=0", "--force", "--wait=false")
    words = ["delete", "namespace", *names, "--ignore-not-found", f"--timeout={_DELETE_SECONDS}s"]
    kubectl.run(place, *words, timeout=_DELETE_SECONDS + 10)
