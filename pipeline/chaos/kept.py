"""What no fault may lose: the releases that were seen to run, Terraform's state, and the records of this commit."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pipeline import engine, release, terraform
from pipeline.look import Release
from pipeline.stage import Run


@dataclass(frozen=True)
class Kept:
    """What is written down. `unreadable`: names of files that cannot be read."""

    releases: tuple[Release, ...]
    objects: frozenset[str]
    unreadable: tuple[str, ...]
    image: str = ""
    """ID of this commit's image in the engine."""


def read(run: Run) -> Kept:
    """Read everything that is written down."""
    place = run.workspace
    files = [place.state / "terraform" / "terraform.tfstate", place.state / "releases.json", place.state / "cluster.json"]
    texts, unreadable = {}, []
    for file in [*files, *sorted(run.evidence.glob("*.json"))]:
        try:
            texts[file] = file.read_text("utf-8")
            json.loads(texts[file])
        except (OSError, ValueError):
            unreadable.append(file.name)
    state = texts.get(files[0], "") if files[0].name not in unreadable else ""
    image = engine.image_id(f"{place.settings.image}:{run.commit.tag}")
    return Kept(tuple(release.known_good(place)), frozenset(terraform.known_to(state)), tuple(unreadable), image)


def lost(before: Kept, after: Kept) -> list[str]:
    """Return what there was before and is not any more, in words."""
    found = [f"{name} cannot be read" for name in after.unreadable if name not in before.unreadable]
    found += [f"release {each.commit[:12]} is not known any more" for each in before.releases if each not in after.releases]
    if before.image != after.image:
        found.append(f"the commit's image is {after.image[:19] or 'gone'}, it was {before.image[:19]}")
    return found + [f"{name} is not in Terraform's state any more" for name in sorted(before.objects - after.objects)]
