"""Where things are kept and what they are called, derived from the clone's own path.

Two clones on one machine therefore never share a cluster, a port, a network or a state file, and one clone always
finds its own again. Caches are shared on purpose: they are addressed by content (see `store`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import settings
from pipeline.settings import Settings

ROOT = Path(__file__).resolve().parent.parent

OWNER = "clone"
# Below the ephemeral range of Linux (32768) and above the ports that other tools like to publish.
_FIRST_PORT, _PORTS = 20000, 10000


@dataclass(frozen=True)
class Workspace:
    """One clone of the project: its settings, its folders and its names."""

    root: Path
    settings: Settings
    cache: Path
    """Shared, content-addressed, safe to delete when no run is under way."""
    state: Path
    """This clone's cluster, kubeconfig and Terraform state; `destroy` removes it."""
    instance: str
    """Eight hex digits of the clone's path."""
    port: int
    """Port on 127.0.0.1 that the deployed service answers on."""

    @property
    def name(self) -> str:
        """Name of everything that belongs to this clone: minikube profile, network, containers."""
        return f"{self.settings.project}-{self.instance}"

    @property
    def kubeconfig(self) -> Path:
        """The cluster's own kubeconfig; the user's is neither read nor written."""
        return self.state / "kubeconfig"

    @property
    def owner(self) -> Path:
        """The file that holds the path of the clone that `state` belongs to: the path's hash tells nobody whose it was."""
        return self.state / OWNER

    @property
    def url(self) -> str:
        """Where the deployed service answers."""
        return f"http://127.0.0.1:{self.port}"

    def evidence(self, tag: str) -> Path:
        """Folder of the records and logs of one commit."""
        return self.root / "evidence" / tag


def locate(root: Path = ROOT, environment: Mapping[str, str] = os.environ) -> Workspace:
    """Return the workspace of the clone in `root`. Creates nothing. Raises `UsageError` for a bad setting."""
    root = root.resolve()
    known = settings.load(root)
    home = Path(environment.get("HOME") or Path.home())
    instance = hashlib.sha256(os.fsencode(root)).hexdigest()[:8]
    cache = _base(environment, "XDG_CACHE_HOME", home / ".cache") / known.project
    state = _base(environment, "XDG_STATE_HOME", home / ".local" / "state") / known.project / instance
    port = settings.port_from(environment) or _FIRST_PORT + int(instance, 16) % _PORTS
    return Workspace(root=root, settings=known, cache=cache, state=state, instance=instance, port=port)


def _base(environment: Mapping[str, str], variable: str, default: Path) -> Path:
    """A base directory of the XDG specification, which says to ignore relative paths."""
    path = Path(environment.get(variable) or default)
    return path if path.is_absolute() else default
