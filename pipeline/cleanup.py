"""Takes away what this clone made on the machine. What is shared with other clones stays until the last of them goes."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace

from pipeline import engine, locks, process
from pipeline.cloud import stage as cloud
from pipeline.cluster import lifecycle
from pipeline.errors import UsageError
from pipeline.offline import stage as offline
from pipeline.offline import world
from pipeline.stage import Run
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

_OTHERS_SECONDS = 60
_INSTANCE = re.compile(r"--instance=([0-9a-f]{8})")


def destroy(run: Run) -> None:
    """Remove cluster, containers, network, volume, firewall rule, state and images of this clone, then the engine if it was ours.

    The caches under the user's cache folder stay, and so does the evidence: both are named in the summary. `--instance=` takes away what
    another clone left that is gone itself.
    """
    place = instance(run.workspace, run.arguments)
    # A run that is still at work would bring back what is taken away here.
    with (
        locks.held(place, "offline", wait=_OTHERS_SECONDS),
        locks.held(place, "deployment", wait=_OTHERS_SECONDS),
        locks.held(place, "monitoring", wait=_OTHERS_SECONDS),
        locks.held(place, "cluster", wait=_OTHERS_SECONDS),
        locks.held(place, "cloud", wait=_OTHERS_SECONDS),
    ):
        if engine.answers():
            cloud.sweep(place)
            lifecycle.destroy(place)
            engine.remove_containers(having=f"name=^{place.name}")
            if not engine.containers(having=f"name=^{place.settings.project}-"):
                _remove_images(place.settings.registry)
        else:
            log.info("no engine answers: containers, if any, are left; start Docker and run this again to remove them")
        offline.clear(world.folder(place))
        shutil.rmtree(place.state, ignore_errors=True)
    stopped = engine.stop_if_ours(place)
    run.summary = (
        f"{place.name} is gone{', and so is the engine that was started for it' if stopped else ''}; "
        f"kept: caches in {place.cache}, evidence in {place.root / 'evidence'}, installed Debian packages"
    )


def instance(place: Workspace, words: Sequence[str]) -> Workspace:
    """Return the workspace that is meant: this clone's, or that of another instance. Raises `UsageError` for other words."""
    if not words:
        return place
    found = _INSTANCE.fullmatch(words[0])
    if not found or len(words) > 1:
        raise UsageError(f"destroy knows no {words[-1]!r}", fix="nox -s destroy -- --instance=ID, as nox -s doctor says")
    return replace(place, instance=found[1], state=place.state.with_name(found[1]))


def _remove_images(registry: str) -> None:
    """Remove every image under our own made-up registry name; nobody else can have one there."""
    listing = process.run([engine.DOCKER, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"{registry}/*"], timeout=30).stdout
    if names := listing.split():
        process.run([engine.DOCKER, "image", "rm", "-f", *names], timeout=120)
