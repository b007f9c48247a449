"""gitleaks: secrets in the files, and in every commit that ever was: a secret that was deleted is still published."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline import process
from pipeline.errors import CommandError
from pipeline.gates.context import Context, output
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report

_FIX = "revoke it now, then take it out of the history (git filter-repo)"


def tree(context: Context, inputs: Inputs) -> Report:
    """Scan every file, whatever its kind. What Git ignores (caches, evidence of earlier runs) is nobody's release and stays out."""
    copy = context.scratch / "tree"
    for path in inputs.all:
        target = copy / path.relative_to(inputs.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    found = [replace(each, file=str(inputs.root / Path(each.file).relative_to(copy))) for each in _scan(context, ["dir", copy], copy)]
    return Report("gitleaks", context.tool("gitleaks").version, tuple(map(str, inputs.all)), findings=tuple(found))


def history(context: Context, inputs: Inputs) -> Report:
    """Scan all commits of all branches. A shallow clone is an error: what is not there cannot be scanned."""
    root = inputs.root
    shallow = process.run(["git", "rev-parse", "--is-shallow-repository"], cwd=root, timeout=10).stdout.strip()
    commits = process.run(["git", "rev-list", "--all"], cwd=root, timeout=60).stdout.split()
    errors = ("the clone is shallow, its history cannot be scanned: git fetch --unshallow",) if shallow != "false" else ()
    found = _scan(context, ["git", "--log-opts=--all", root], root)
    return Report("gitleaks history", context.tool("gitleaks").version, tuple(commits), findings=tuple(found), errors=errors)


def folder(context: Context, path: Path) -> list[Finding]:
    """Scan a folder that is no part of the tree."""
    return _scan(context, ["dir", path], path)


def _scan(context: Context, words: list[str | Path], root: Path) -> list[Finding]:
    report = context.scratch / "gitleaks.json"
    report.unlink(missing_ok=True)
    options = ["--no-banner", "--redact", "--exit-code=0", "--ignore-gitleaks-allow", "--report-format=json", f"--report-path={report}"]
    rules = f"--config={context.configuration / 'policies' / 'gitleaks.toml'}"
    output([context.tool("gitleaks").path, *words, *options, rules], cwd=root, ok=(0,))
    try:
        table = json.loads(report.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError("gitleaks wrote no report", fix="read the gate's log") from error
    return [_finding(each, root) for each in table]


def _finding(each: dict[str, Any], root: Path) -> Finding:
    """The secret itself stays out: a report is read by more people than the file."""
    file = Path(each["File"])
    path = file if file.is_absolute() else root / file
    return Finding(str(path), each["StartLine"], each["RuleID"], each["Description"], "critical", _FIX, each["Commit"][:12])
