"""What no fault may lose: the releases that were seen to run, Terraform's state, and the records of this commit."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pipeline import release, terraform
from pipeline.look import Release
from pipeline.stage import Run


@dataclass(frozen=True)
class Kept:
    """What is written down. `unreadable`: names of files that cannot be read."""

    releases: tuple[Release, ...]
    objects: frozenset[str]
    unreadable: tuple[str, ...]


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
    return Kept(tuple(release.known_good(place)), frozenset(terraform.known_to(state)), tuple(unreadable))


def lost(before: Kept, after: Kept) -> list[str]:
    """Return what there was before and is not any more, in words."""
    found = [f"{name} cannot be read" for name in after.unreadable if name not in before.unreadable]
    found += [f"release {each.commit[:12]} is not known any more" for each in before.releases if each not in after.releases]
    return found + [f"{name} is not in Terraform's state any more" for name in sorted(before.objects - after.objects)]
