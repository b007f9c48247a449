"""The key of the Secrets is made once per cluster, kept by nobody but its owner, and found again."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import workspace
from pipeline.cluster import furniture


def test_each_new_cluster_has_a_key_of_its_own() -> None:
    keys = {furniture.new_key() for _ in range(5)}
    assert len(keys) == 5
    assert {len(base64.b64decode(key)) for key in keys} == {32}


def test_the_key_is_found_again_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    place = replace(workspace.locate(), state=tmp_path)
    key = furniture.new_key()
    furniture.bring(place, key, upstream=True)
    assert furniture.kept_key(place) == key
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_a_lost_key_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="portcullis-encryption"):
        furniture.kept_key(replace(workspace.locate(), state=tmp_path))
