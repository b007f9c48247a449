"""The root modules without a cluster: they are valid, and values that must not be deployed make the plan fail (their tests/)."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import process, terraform, workspace
from pipeline.toolchain import supply
from pipeline.workspace import ROOT

ROOTS = (".", "monitoring")


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("terraform")
    place = replace(workspace.locate(), state=folder / "state")
    copy = folder / "terraform"
    shutil.copytree(ROOT / "terraform", copy)
    env = terraform.environment()
    plugins = terraform.plugins(place)
    init = ["init", "-no-color", "-backend=false", "-lockfile=readonly", f"-plugin-dir={plugins}"]
    for root in ROOTS:
        process.run([supply.tool(place, "terraform"), *init], cwd=copy / root, env=env, timeout=60)
    return copy, env


def run(module: tuple[Path, dict[str, str]], folder: str, *words: str) -> str:
    copy, env = module
    return process.run([supply.tool(workspace.locate(), "terraform"), *words, "-no-color"], cwd=copy / folder, env=env, timeout=60).stdout


@pytest.mark.parametrize("folder", ROOTS)
def test_the_modules_are_valid(module: tuple[Path, dict[str, str]], folder: str) -> None:
    assert "Success! The configuration is valid." in run(module, folder, "validate")


@pytest.mark.parametrize(("folder", "runs"), [(".", 12), ("monitoring", 3)])
def test_values_that_must_not_be_deployed_are_refused(module: tuple[Path, dict[str, str]], folder: str, runs: int) -> None:
    said = run(module, folder, "test")
    assert "0 failed" in said
    assert int(said.split("Success! ")[1].split()[0]) >= runs


def test_every_root_module_locks_the_same_builds_of_the_provider() -> None:
    assert len({(ROOT / "terraform" / folder / ".terraform.lock.hcl").read_text() for folder in ROOTS}) == 1


def test_a_provider_that_is_not_the_locked_one_is_refused(module: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, env = module
    copy = tmp_path / "terraform"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".terraform"))
    place = replace(workspace.locate(), state=tmp_path / "state")
    link = next(terraform.plugins(place).rglob("terraform-provider-*"))
    content = link.read_bytes()
    link.unlink()
    link.write_bytes(content + b"\0")
    link.chmod(0o755)
    init = ["init", "-no-color", "-backend=false", "-lockfile=readonly", f"-plugin-dir={place.state / 'terraform' / 'plugins'}"]
    done = process.run([supply.tool(place, "terraform"), *init], cwd=copy, env=env, timeout=60, ok=None)
    assert done.returncode != 0
    assert "checksum" in done.stderr.lower()


def test_the_providers_folder_is_not_touched_while_another_stage_may_read_it(tmp_path: Path) -> None:
    place = replace(workspace.locate(), state=tmp_path / "state")
    link = next(terraform.plugins(place).rglob("terraform-provider-*"))
    before = link.lstat()
    terraform.plugins(place)
    assert (link.lstat().st_ino, link.lstat().st_ctime_ns) == (before.st_ino, before.st_ctime_ns)


@pytest.mark.parametrize("target", [None, "/nonexistent"])
def test_a_provider_that_is_gone_or_of_another_build_is_put_there_anew(tmp_path: Path, target: str | None) -> None:
    place = replace(workspace.locate(), state=tmp_path / "state")
    link = next(terraform.plugins(place).rglob("terraform-provider-*"))
    right = link.readlink()
    link.unlink()
    if target:
        link.symlink_to(target)
    assert next(terraform.plugins(place).rglob("terraform-provider-*")).readlink() == right
    assert [each.name for each in link.parent.iterdir()] == [link.name]
    assert [each.name for each in (place.state / "terraform").iterdir()] == ["plugins"]
