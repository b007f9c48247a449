"""Puts a second service into a copy of this tree: what docs/adopt.md tells a team to do, done by a program."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import UsageError

FOLDER = "tests/adopt/second"
# No test here has a name that pytest looks for: they are tests of another tree.
FILES = {
    "init.py": "app/__init__.py",
    "main.py": "app/__main__.py",
    "check_app.py": "tests/app/test_service.py",
    "spoil.toml": "tests/app/spoil.toml",
    "oracle.py": "tests/integration/oracle.py",
    "check_integration.py": "tests/integration/test_service.py",
}
_TABLE = re.compile(r"^\[tool\.pipeline\.service\]\n.*?(?=^\[|\Z)", re.MULTILINE | re.DOTALL)
_GROUP = re.compile(r"^service = \[.*?^\]\n", re.MULTILINE | re.DOTALL)


def put(source: Path, root: Path) -> list[str]:
    """Replace the service of the tree in `root` by the second one of `source`. Return what a team has to write: files and settings."""
    for folder in ("app", "tests/app"):
        shutil.rmtree(root / folder)
    for name, target in FILES.items():
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / FOLDER / name, root / target)
    settings = root / "pyproject.toml"
    settings.write_text(configured(settings.read_text("utf-8"), (source / FOLDER / "settings.toml").read_text("utf-8")), "utf-8")
    return [*FILES.values(), settings.name]


def configured(text: str, wanted: str) -> str:
    """A pyproject.toml with the second service's table, promises and packages. Raises `UsageError` when it has no one place for them."""
    table = _TABLE.search(wanted)
    if table is None or len(_TABLE.findall(text)) != 1 or len(_GROUP.findall(text)) != 1:
        raise UsageError("there is no one table and group of the service to replace", fix="git checkout pyproject.toml")
    told = tomllib.loads(wanted)
    for name, value in told["tool"]["pipeline"].items():
        if name != "service":
            text = re.sub(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
    packages = _listed(told)
    text = _TABLE.sub(lambda _: table[0].rstrip() + "\n\n", text)
    return _GROUP.sub(lambda _: packages, text)


def _listed(wanted: Mapping[str, Any]) -> str:
    lines = "".join(f'    "{package}",\n' for package in wanted["dependency-groups"]["service"])
    return f"service = [\n{lines}]\n"
