"""The locks of one clone: whoever changes its cluster, its deployment, its monitoring or the node's images holds the lock of that."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal

from pipeline import store
from pipeline.workspace import Workspace

Part = Literal["chaos", "cloud", "cluster", "deployment", "images", "monitoring", "offline"]
_FILES: dict[Part, str] = {
    "chaos": "chaos.lock",
    "cloud": "cloud.lock",
    "cluster": "cluster.lock",
    "deployment": "deploy.lock",
    "images": "images.lock",
    "monitoring": "monitoring.lock",
    "offline": "offline.lock",
}
_WAIT_SECONDS = 5.0


def held(place: Workspace, part: Part, wait: float = _WAIT_SECONDS) -> AbstractContextManager[None]:
    """Hold a part's lock for the time of the block. Raises `BusyError` when another run still holds it after `wait` seconds."""
    return store.locked(place.state / _FILES[part], wait=wait, what=f"this clone's {part}")
