"""devbox.json and devbox.lock against the pins, the stages and the rules of their formats.

Devbox itself is not started here: it needs the Nix store. What it reads is checked as its source reads it
(jetify-com/devbox 0.18.0: internal/devconfig/configfile, internal/lock).
"""

import json
import re
from typing import Any

import pytest

from pipeline.toolchain import pins
from pipeline.workspace import ROOT

SYSTEMS = {"aarch64-darwin", "aarch64-linux", "x86_64-darwin", "x86_64-linux"}
NIXPKGS = "github:NixOS/nixpkgs/nixpkgs-unstable"
STORE_PATH = re.compile(r"/nix/store/[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+._?=-]+")
REVISION = re.compile(r"github:NixOS/nixpkgs/[0-9a-f]{40}")


def configuration() -> dict[str, Any]:
    """devbox.json allows comments (HuJSON)."""
    return dict(json.loads(re.sub(r"^\s*//.*$", "", (ROOT / "devbox.json").read_text(), flags=re.MULTILINE)))


def versions() -> dict[str, str]:
    packages = configuration()["packages"]
    return {name: value if isinstance(value, str) else value["version"] for name, value in packages.items()}


def locked() -> dict[str, dict[str, Any]]:
    return dict(json.loads((ROOT / "devbox.lock").read_text())["packages"])


def test_both_suppliers_name_the_same_versions() -> None:
    pinned = {pin.devbox: pin.version for pin in pins.load(ROOT).values() if pin.devbox}
    assert versions() == pinned


def test_what_one_supplier_lacks_has_its_reason() -> None:
    for pin in pins.load(ROOT).values():
        assert (pin.devbox and pin.executables) or pin.reason, pin.name


def test_only_known_keys_are_used() -> None:
    config = configuration()
    assert set(config) <= {"$schema", "name", "description", "packages", "env", "shell", "include", "env_from", "nixpkgs", "aliases"}
    assert set(config["shell"]) == {"init_hook", "scripts"}
    for value in config["packages"].values():
        assert isinstance(value, str) or set(value) <= {"version", "platforms", "excluded_platforms", "disable_plugin", "patch", "outputs"}


def test_kubectl_wins_over_the_one_that_minikube_brings() -> None:
    names = list(versions())
    assert names.index("kubectl") < names.index("minikube")


def test_nix_own_nox_is_not_taken_for_the_task_runner() -> None:
    assert "nox" not in versions()


def test_every_stage_has_a_script_of_its_name() -> None:
    source = (ROOT / "noxfile.py").read_text()
    stages = [name.replace("_", "-") for name in re.findall(r"^def (\w+)\(run: Run\)", source, re.MULTILINE)]
    assert stages
    assert configuration()["shell"]["scripts"] == {"all": "nox"} | {name: f"nox -s {name}" for name in stages}


def test_the_lock_has_exactly_the_packages_of_the_configuration() -> None:
    assert set(locked()) == {f"{name}@{version}" for name, version in versions().items()} | {NIXPKGS}


@pytest.mark.parametrize("key", sorted(set(locked()) - {NIXPKGS}))
def test_a_lock_entry_is_complete_for_every_system(key: str) -> None:
    entry = locked()[key]
    name, _, version = key.partition("@")
    assert entry["version"] == version
    assert entry["source"] == "devbox-search"
    assert REVISION.match(entry["resolved"])
    assert entry["resolved"].rpartition("#")[2] == name
    assert set(entry["systems"]) == SYSTEMS
    paths = [output["path"] for system in entry["systems"].values() for output in system["outputs"]]
    assert all(STORE_PATH.fullmatch(path) for path in paths)
    assert all(system["store_path"] == system["outputs"][0]["path"] for system in entry["systems"].values())
    assert all(version in system["store_path"] for system in entry["systems"].values())


def test_the_standard_environment_is_pinned_by_revision_and_hash() -> None:
    entry = locked()[NIXPKGS]
    assert REVISION.match(entry["resolved"])
    assert "narHash=sha256-" in entry["resolved"]


def test_the_lock_is_written_as_devbox_writes_it() -> None:
    text = (ROOT / "devbox.lock").read_text()
    parsed = json.loads(text)
    assert parsed["lockfile_version"] == "1"
    assert text == json.dumps(parsed, indent=2, ensure_ascii=False) + "\n"
    assert list(parsed["packages"]) == sorted(parsed["packages"])
