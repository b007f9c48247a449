"""The ways in which a release can be bad, each as the change to this tree that makes it so."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline import spoil
from pipeline.spoil import Edit
from pipeline.workspace import Workspace


@dataclass(frozen=True)
class Kind:
    """One way to be bad: its name, the step of the deployment that must notice it, and the change."""

    name: str
    noticed_by: str
    edits: tuple[Edit, ...]


_DEPLOYMENT, _QUOTA = "terraform/manifests/base/deployment.yaml", "terraform/manifests/base/quota.yaml"


def known(place: Workspace) -> tuple[Kind, ...]:
    """Every way to be bad that the service and its manifests have. Raises `UsageError` when the service's own are not told."""
    ways, service = spoil.load(place.root), place.settings.service
    probe = f"readinessProbe:\n            httpGet:\n              path: {service.ready_path}\n              port: "
    live = "livenessProbe:\n            httpGet:\n              path: "
    return (
        Kind("crashes at its start", "trial", ways["crash"]),
        Kind("never gets ready", "trial", ways["unready"]),
        Kind("answers wrongly", "trial", ways["wrong"]),
        Kind("is slow", "trial", ways["slow"]),
        Kind("leaks memory", "trial", ways["leak"]),
        Kind("has a readiness probe of another port", "trial", (Edit(_DEPLOYMENT, f"{probe}http\n", f"{probe}9999\n"),)),
        Kind("has a liveness probe of no path", "trial", (Edit(_DEPLOYMENT, f"{live}{service.live_path}\n", f"{live}/no-such-path\n"),)),
        Kind("has too small a quota", "rollout", (Edit(_QUOTA, 'pods: "15"', 'pods: "2"'),)),
        # What no trial shows: the second net, under a release that is already on its way to the users.
        Kind("crashes where it is not tried", "rollout", ways["crash-untried"]),
    )
