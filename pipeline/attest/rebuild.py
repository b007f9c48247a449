"""Builds the image of the tree that this file lies in, for `reproduce`, which starts it in other surroundings: prints what came out."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from pipeline import commit, image, workspace


def main(cache: Path) -> None:
    """Build with `cache` in place of the machine's, so that nothing is taken from an earlier build."""
    place = replace(workspace.locate(), cache=cache)
    built = image.make(place, commit.read(place.root), fresh=True)
    print(json.dumps(asdict(built), default=str))  # noqa: T201 - its answer to whoever started it


if __name__ == "__main__":
    main(Path(sys.argv[1]))
