"""The node's small file systems: as large as the volumes say, and below a folder that is theirs alone."""

from typing import Any

import pytest
import yaml

from pipeline import kubectl, workspace
from pipeline.cluster import volumes
from pipeline.cluster.volumes import Volume
from pipeline.errors import ClusterError
from pipeline.workspace import ROOT


def manifest(storage: str = "32Mi", path: str = "/var/lib/a/mounted/data") -> dict[str, Any]:
    return {"metadata": {"name": "a"}, "spec": {"capacity": {"storage": storage}, "local": {"path": path}}}


def test_a_volume_is_read() -> None:
    found = volumes.of(manifest())
    assert (found.name, found.size, str(found.path)) == ("a", 32 << 20, "/var/lib/a/mounted/data")
    assert volumes.of(manifest("2Gi")).size == 2 << 30


@pytest.mark.parametrize("storage", ["32", "32M", "-1Mi", "Mi", "1.5Gi", ""])
def test_a_size_that_is_no_whole_number_of_mebibytes_is_refused(storage: str) -> None:
    with pytest.raises(ClusterError, match="volume a needs a size"):
        volumes.of(manifest(storage))


def test_a_path_outside_of_its_file_system_is_refused() -> None:
    with pytest.raises(ClusterError, match="a path in `mounted`"):
        volumes.of(manifest(path="/var/lib/a/data"))


def test_claims_ask_for_the_volumes_that_there_are() -> None:
    claims = yaml.safe_load_all((ROOT / "terraform" / "monitoring" / "manifests" / "claims.yaml").read_text())
    asked = {f"monitoring-{each['metadata']['name']}": each["spec"]["resources"]["requests"]["storage"] for each in claims}
    made: list[Volume] = volumes.declared(ROOT)
    assert {each.name: f"{each.size >> 20}Mi" for each in made} == asked
    assert len({each.path for each in made}) == len(made)


def test_only_volumes_of_ours_without_a_claim_are_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    def volume(name: str, phase: str, kind: str) -> dict[str, Any]:
        return {"metadata": {"name": name}, "spec": {"storageClassName": kind}, "status": {"phase": phase}}

    there = [volume("a", "Released", "monitoring"), volume("b", "Bound", "monitoring"), volume("c", "Released", "other")]
    patched: list[object] = []
    monkeypatch.setattr(kubectl, "get", lambda *_: there)
    monkeypatch.setattr(kubectl, "run", lambda _place, *words: patched.append(words[2]))
    volumes.release(workspace.locate())
    assert patched == ["a"]
