"""Signing: the passphrase reaches cosign by standard input alone, services are none, and the key is its owner's."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import store, workspace
from pipeline.attest import cosign
from pipeline.attest.cosign import Signer
from pipeline.errors import IntegrityError
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

# Writes down how it was started, and what cosign would have written.
STAND_IN = """#!/usr/bin/env python3
import json, os, pathlib, sys
said = {"argv": sys.argv[1:], "env": dict(os.environ), "stdin": sys.stdin.read()}
pathlib.Path(__file__).with_name("seen.json").write_text(json.dumps(said))
for word in sys.argv:
    name, _, value = word.partition("=")
    if name == "--bundle":
        pathlib.Path(value).write_text('{"b": 1,  "a": {"mediaType": "x"}}')
    if name == "--output-key-prefix":
        pathlib.Path(value + ".key").write_text("private")
        pathlib.Path(value + ".pub").write_text("public")
if sys.argv[1] == "public-key":
    print("public key of the KMS")
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "bin" / "cosign"
    path.parent.mkdir()
    path.write_text(STAND_IN)
    path.chmod(0o755)
    monkeypatch.setattr(supply, "tool", lambda _place, _name: path)
    monkeypatch.setenv("COSIGN_PASSWORD", "of the person")
    return path


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return replace(workspace.locate(), state=tmp_path / "state" / "12345678")


def seen(program: Path) -> dict[str, object]:
    return dict(json.loads(program.with_name("seen.json").read_text()))


def test_the_passphrase_is_in_no_argument_and_no_environment(program: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.json"
    Signer(program, "cosign.key", "of the key", tmp_path / "cosign.pub", offline=True).blob(tmp_path / "blob", bundle)
    said = seen(program)
    assert said.pop("stdin") == "of the key"
    assert "of the key" not in json.dumps(said)
    assert "COSIGN_PASSWORD" not in json.dumps(said)
    assert bundle.read_text() == '{"a":{"mediaType":"x"},"b":1}\n'


def test_no_service_is_asked(program: Path, tmp_path: Path) -> None:
    Signer(program, "cosign.key", "", tmp_path / "cosign.pub", offline=True).statement(tmp_path / "statement", tmp_path / "bundle.json")
    said = seen(program)
    assert isinstance(said["argv"], list)
    assert isinstance(said["env"], dict)
    assert {word.partition("=")[0] for word in said["argv"]} == {
        "attest-blob",
        "--signing-config",
        "--trusted-root",
        "--key",
        "--bundle",
        "--statement",
        "--yes",
    }
    assert (said["env"]["HTTPS_PROXY"], said["env"]["NO_PROXY"]) == ("http://127.0.0.1:9", "")


def test_the_key_is_made_once_for_all_clones_and_only_its_owner_reads_it(program: Path, place: Workspace) -> None:
    first = cosign.signer(place)
    again = cosign.signer(replace(place, state=place.state.with_name("87654321")))
    assert first == again
    assert first.passphrase == seen(program)["stdin"]
    assert len(first.passphrase) >= 43
    assert first.passphrase not in json.dumps([seen(program)["argv"], seen(program)["env"]])
    made = cosign.folder(place)
    modes = {path.name: path.stat().st_mode & 0o777 for path in made.iterdir() if path.name != "lock"}
    assert modes == {"cosign.key": 0o600, "passphrase": 0o600, "cosign.pub": 0o644}
    assert made.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["cosign.key", "passphrase"])
def test_a_key_that_others_may_read_does_not_sign(program: Path, place: Workspace, name: str) -> None:
    assert cosign.signer(place).program == program
    (cosign.folder(place) / name).chmod(0o640)
    with pytest.raises(IntegrityError, match="others than its owner may read it"):
        cosign.signer(place)


def test_a_key_without_its_passphrase_does_not_sign(program: Path, place: Workspace) -> None:
    assert cosign.signer(place).program == program
    (cosign.folder(place) / "passphrase").unlink()
    with pytest.raises(IntegrityError, match="passphrase is missing"):
        cosign.signer(place)


def test_a_key_of_a_kms_changes_its_name_and_nothing_else(program: Path, place: Workspace) -> None:
    reference = "hashivault://portcullis"
    other = replace(place, settings=replace(place.settings, signing_key=reference))
    made = cosign.signer(other)
    public = cosign.folder(place) / f"{store.key_of(reference)}.pub"
    assert made == Signer(program, reference, "", public, offline=False)
    assert cosign.public_file(other).read_text() == "public key of the KMS\n"


def test_a_machine_that_never_signed_has_nothing_to_check_by(place: Workspace) -> None:
    with pytest.raises(IntegrityError, match="no signing key yet"):
        cosign.public_file(place)
