"""Locks: everything that is downloaded is pinned by hash, and every lock still says what its list asks for."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pipeline import network, process
from pipeline.debian import lock as debian_lock
from pipeline.errors import CommandError
from pipeline.gates.context import Context
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report

_SECONDS = 120
_EXACT = re.compile(r"^[A-Za-z0-9._-]+(?:\[[^\]]+\])?\s*==\s*[^*,\s;]+(?:\s*;.*)?$")
_HASHED = re.compile(r"--hash=sha256:[0-9a-f]{64}")
_REPLACED = re.compile(r"^\s*(?:replace\s+)?(?P<old>\S+)(?:\s+\S+)?\s+=>\s+(?P<new>\.{1,2}/\S*|/\S*)", re.MULTILINE)
_RULES = 7


def check(context: Context, inputs: Inputs) -> Report:
    """Check uv.lock, pyproject.toml, requirements files, go.mod with go.sum, and Debian package locks."""
    findings: list[Finding] = []
    unverified: list[str] = []
    examined = [path for path in inputs.all if _is_lock(path)]
    for path in examined:
        text = path.read_text("utf-8")
        if path.name == "uv.lock":
            findings += _uv(path, tomllib.loads(text))
            unverified += _agrees(context, path, findings)
        elif path.name == "pyproject.toml":
            findings += _pyproject(path, tomllib.loads(text))
        elif path.name == "go.mod":
            findings += _go(path, text)
        elif path.suffix == ".lock":
            debian_lock.parse(text)
        else:
            findings += _requirements(path, text)
    version = context.tool("uv").version
    return Report("locks", version, tuple(map(str, examined)), _RULES, tuple(findings), unverified=tuple(unverified))


def _is_lock(path: Path) -> bool:
    if path.name in {"uv.lock", "pyproject.toml", "go.mod"}:
        return True
    if path.suffix == ".lock" and path.parent.name == "debian":
        return True
    return path.suffix == ".txt" and (path.name.startswith("requirements") or "--hash=" in path.read_text("utf-8", "replace")[:4096])


def _uv(path: Path, table: dict[str, Any]) -> list[Finding]:
    found = []
    for package in table.get("package", []):
        name = f"{package['name']}@{package.get('version', '')}"
        source = package.get("source", {})
        if "virtual" in source or "editable" in source:
            continue
        if "registry" not in source:
            found.append(Finding(str(path), 0, "unpinned-source", "comes from a repository or folder, not from an index", "high", "", name))
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        if not files or any(not str(each.get("hash", "")).startswith("sha256:") for each in files):
            found.append(Finding(str(path), 0, "missing-hash", "has a file without SHA-256", "high", "uv lock", name))
    return found


def _agrees(context: Context, path: Path, findings: list[Finding]) -> list[str]:
    """Ask uv whether the lock still means what pyproject.toml asks for. Without an index it can't tell: that is returned as unverified."""
    argv: list[str | Path] = [context.tool("uv").path, "lock", "--check"]
    env = {**os.environ, **({} if network.allowed() else {"UV_OFFLINE": "1"})}
    done = process.run(argv, cwd=path.parent, env=env, timeout=_SECONDS, ok=None)
    if done.returncode == 0:
        if "Resolved " not in done.stderr:
            raise CommandError(f"uv did not say what it resolved: {done.tail}", fix="read the gate's log")
        return []
    if re.search(r"dns|connect|timed out|request failed|offline|network", done.stderr, re.IGNORECASE):
        return [f"{path.name} against pyproject.toml: no package index answers"]
    findings.append(Finding(str(path), 0, "stale-lock", "does not mean what pyproject.toml asks for", "high", "uv lock"))
    return []


def _pyproject(path: Path, table: dict[str, Any]) -> list[Finding]:
    project = table.get("project", {})
    lists = [
        project.get("dependencies", []),
        *project.get("optional-dependencies", {}).values(),
        *table.get("dependency-groups", {}).values(),
    ]
    wanted = [each for names in lists for each in names if isinstance(each, str)]
    loose = [each for each in wanted if not _EXACT.match(each)]
    return [
        Finding(str(path), 0, "unpinned-package", f"{each!r} is not pinned with ==", "medium", "pin it, then uv lock", each)
        for each in loose
    ]


def _requirements(path: Path, text: str) -> list[Finding]:
    joined = re.sub(r"\\\n", " ", text)
    lines = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith(("#", "--"))]
    return [
        Finding(
            str(path), 0, "missing-hash", f"{line.split()[0]} has no SHA-256", "high", "uv pip compile --generate-hashes", line.split()[0]
        )
        for line in lines
        if not _HASHED.search(line)
    ]


def _go(path: Path, text: str) -> list[Finding]:
    found = []
    if re.search(r"^\s*(?:require|replace)\b", text, re.MULTILINE) and not path.with_name("go.sum").is_file():
        found.append(Finding(str(path), 0, "missing-hash", "has no go.sum beside it", "high", "go mod tidy"))
    replaced = _REPLACED.finditer(text)
    return found + [
        Finding(str(path), 0, "unpinned-source", f"{each['old']} is taken from the folder {each['new']}", "high") for each in replaced
    ]
