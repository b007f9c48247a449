"""A release that is bad on purpose: this tree's service with a few lines more, built and brought to the node as any other release.

What it does wrong is said by an environment variable, so that one image serves for every way of being bad.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

from pipeline import image
from pipeline.cluster import images
from pipeline.errors import ImageError
from pipeline.gates.prove import tree
from pipeline.stage import Run

VARIABLE = "PLANTED_FAULT"
_FILE, _PLACE = "app/service.py", '            response = digest(scope["path"].removeprefix(self._prefix))\n'
_PLANTED = f"""            if (fault := __import__("os").environ.get("{VARIABLE}")) in ("late", "failing"):
                await __import__("asyncio").sleep(0.15)
                if fault == "failing":
                    raise RuntimeError("planted by the proof of the alerts")
"""


def planted(text: str) -> str:
    """The service's source with the fault in it. Raises `ImageError` when it is not as expected."""
    if text.count(_PLACE) != 1:
        raise ImageError(f"{_FILE} has no one place to plant a fault at", fix="correct pipeline/monitoring/proof/variant.py")
    return text.replace(_PLACE, _PLANTED + _PLACE)


def bring(run: Run) -> str:
    """Build the bad release, put it on the node and return its reference: the release's own name with another hash."""
    place = run.workspace
    sha = hashlib.sha1(f"a bad release beside {run.commit.sha}".encode(), usedforsecurity=False).hexdigest()
    with tempfile.TemporaryDirectory(prefix="portcullis-variant-") as scratch:
        root = Path(scratch)
        tree.copy(place.root, root, tree.files(place.root))
        (root / _FILE).write_text(planted((root / _FILE).read_text("utf-8")), "utf-8")
        tree.commit(root, "A bad release")  # what goes into an image is what Git knows
        built = image.make(replace(place, root=root), replace(run.commit, sha=sha))
    reference = f"{place.settings.image}:{sha}"
    images.put(place, reference, built.archive)
    return reference
