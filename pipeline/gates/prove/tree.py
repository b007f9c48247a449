"""Copies of this tree, whole or in part, to plant things in."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from pipeline import process
from pipeline.gates import inputs

_SECONDS = 30
# Rules, their tests and whom they are sent to are judged together.
_WATCHING = ("terraform/monitoring/manifests/rules/", "terraform/monitoring/manifests/alertmanager/", "tests/monitoring/")


def files(root: Path) -> list[str]:
    """The relative names of a tree's files: what Git sees, or everything where the tree is itself a copy."""
    found = inputs.listed(root) if (root / ".git").exists() else inputs.walked(root)
    return sorted(path.relative_to(root).as_posix() for path in found)


def copy(source: Path, target: Path, names: Iterable[str]) -> None:
    """Copy these files of one tree into another."""
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, target / name)


def beside(root: Path, file: str) -> list[str]:
    """The files that have to lie beside a file, itself included, for it to be judged as it is in the whole tree."""
    every = files(root)
    if file.startswith("terraform/manifests/"):
        return [name for name in every if name.startswith("terraform/manifests/")]
    if file.startswith(_WATCHING):
        return [name for name in every if name.startswith((*_WATCHING, "docs/runbook.md"))]
    if file.endswith((".tf", ".rego")):
        return [name for name in every if Path(name).parent == Path(file).parent]
    if file.endswith(".md"):
        return every
    if file in {"uv.lock", "pyproject.toml"}:
        return ["uv.lock", "pyproject.toml"]
    wanted = {file}
    if file.endswith("go.mod"):
        wanted.add(file.replace("go.mod", "go.sum"))
    if file.endswith(".py"):
        wanted.add((Path(file).parent / "__init__.py").as_posix())
    return [name for name in every if name in wanted]


def commit(root: Path, subject: str) -> None:
    """Commit everything below `root`, which becomes a repository if it is none."""
    identity = ["-c", "user.name=Prove", "-c", "user.email=prove@example.invalid", "-c", "commit.gpgsign=false"]
    for words in (["init", "--quiet"], ["add", "--all", "--force"], [*identity, "commit", "--quiet", "--message", subject]):
        process.run(["git", *words], cwd=root, timeout=_SECONDS)
