"""Images come to the node one after the other: on their way all lie there under one name."""

from pathlib import Path

import pytest

from pipeline import locks, workspace
from pipeline.cluster import images
from pipeline.errors import BusyError


def test_an_image_waits_while_another_is_on_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = workspace.locate(environment={"HOME": str(tmp_path)})
    monkeypatch.setattr(images, "_LOAD_SECONDS", 0.1)
    with locks.held(place, "images"), pytest.raises(BusyError, match="this clone's images is in use by another run"):
        images.put(place, "portcullis.local/hash:1", tmp_path / "image.tar")
