"""What the registry is told, and what it tells: it is served with TLS, to those with its password, and to nobody else."""

import json

import pytest

from pipeline import workspace
from pipeline.cloud import registry
from pipeline.toolchain import pins
from pipeline.workspace import ROOT

# As distribution 3.0.0 writes it, shortened.
PROVISIONED = {"level": "warning", "msg": "htpasswd is missing, provisioning with default user", "user": "docker", "password": "guess"}
OTHER = {"level": "warning", "msg": "No HTTP secret provided - generated random secret."}


def log(*lines: object) -> str:
    return "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines) + "\n"


def test_the_password_is_read_from_the_log_among_other_lines() -> None:
    assert registry.login(log("no JSON", OTHER, "[1]", PROVISIONED)) == ("docker", "guess")


@pytest.mark.parametrize("said", ["", log(OTHER), log("panic: no"), log("null", "7", '"text"')])
def test_before_it_has_made_one_there_is_none(said: str) -> None:
    assert registry.login(said) is None


def test_it_has_no_way_in_without_tls_and_password() -> None:
    told = registry.CONFIGURATION
    assert told["http"]["tls"]["minimumtls"] == "tls1.3"
    assert set(told["auth"]) == {"htpasswd"}
    assert told["storage"]["delete"] == {"enabled": False}
    assert "--cap-drop=ALL" in registry.LIMITS
    assert "--read-only" in registry.LIMITS


@pytest.mark.parametrize("name", ["registry", "skipper"])
def test_its_image_is_of_the_pinned_program_and_of_a_user_without_rights(name: str) -> None:
    source = registry.of(workspace.locate(), name)
    assert source.reference == f"portcullis.local/{name}:v{pins.load(ROOT)[name].version}"
    stage = (ROOT / "cluster" / "images" / "Dockerfile").read_text().split(f" AS {source.target}\n")[1].split("\nFROM ")[0]
    assert "USER 65532:65532" in stage
