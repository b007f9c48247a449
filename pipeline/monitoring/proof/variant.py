"""A release that is bad on purpose: this tree's service with a few lines more, built and brought to the node as any other release.

What it does wrong (spoil, "on-demand") is said by an environment variable, so that one image serves for every way of being bad.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

from pipeline import image, spoil
from pipeline.cluster import images
from pipeline.gates.prove import tree
from pipeline.stage import Run

VARIABLE = "PLANTED_FAULT"


def bring(run: Run) -> str:
    """Build the bad release, put it on the node and return its reference: the release's own name with another hash."""
    place = run.workspace
    sha = hashlib.sha1(f"a bad release beside {run.commit.sha}".encode(), usedforsecurity=False).hexdigest()
    with tempfile.TemporaryDirectory(prefix="portcullis-variant-") as scratch:
        root = Path(scratch)
        tree.copy(place.root, root, tree.files(place.root))
        spoil.apply(spoil.load(root)["on-demand"], root)
        tree.commit(root, "A bad release")  # what goes into an image is what Git knows
        built = image.make(replace(place, root=root), replace(run.commit, sha=sha))
    reference = f"{place.settings.image}:{sha}"
    images.put(place, reference, built.archive)
    return reference
