"""What is put into the caches ahead of a run is what the run will ask them for."""

from pathlib import Path

import pytest

from pipeline import prefetch
from pipeline.debian import security
from pipeline.errors import ToolchainError
from pipeline.gates import database
from pipeline.prefetch import There
from pipeline.toolchain import pins
from pipeline.workspace import ROOT, locate


def test_every_pin_that_can_be_built_is_had_where_the_node_is_our_own() -> None:
    known = pins.load(ROOT)
    names = prefetch.programs(known, devbox=False, own_node=True, shim=True)
    left_out = {"opentofu", "registry", "crane", "skipper"}  # one supplies Terraform elsewhere, the others are of `cloud-proof` alone
    assert set(names) == {name for name, pin in known.items() if pin.executables and name not in left_out} | {"terraform", "uv"}


def test_what_only_an_own_node_is_made_of_is_left_out_where_the_registry_has_one() -> None:
    known = pins.load(ROOT)
    every = prefetch.programs(known, devbox=False, own_node=True, shim=True)
    fewer = prefetch.programs(known, devbox=False, own_node=False, shim=False)
    assert set(every) - set(fewer) == {"containerd", "coredns", "crictl", "etcd", "kubernetes", "runc-shim"}


def test_suites_are_those_of_the_lists_with_each_architecture() -> None:
    found = prefetch.suites(ROOT)
    assert found == sorted(set(found))
    assert ("bookworm", "amd64") in found


def test_files_are_counted_with_what_links_lead_to(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert prefetch._files("tools", [tmp_path / "a", tmp_path / "b"]) == There("tools", 2, 10)


def test_advisory_data_that_does_not_answer_is_named_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object) -> None:
        raise ToolchainError("no answer", fix="check the network")

    monkeypatch.setattr(security, "index", silent)
    monkeypatch.setattr(database, "find", lambda _: None)
    found = prefetch.advisories(locate())
    assert found.count == 0
    assert len(found.lacking) == 2 + len(prefetch.suites(ROOT))


def test_advisory_data_that_answers_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "index", lambda *_: {"bash": None})
    monkeypatch.setattr(database, "find", lambda _: object())
    found = prefetch.advisories(locate())
    assert found.count == 1 + len(prefetch.suites(ROOT))
    assert [text.partition(":")[0] for text in found.lacking] == ["Python packages"]
