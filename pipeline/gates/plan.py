"""Judges a saved Terraform plan before it is applied: the objects that the cluster would get, whatever the source says."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import replace
from pathlib import Path

import yaml

from pipeline.gates import inputs, ledger, runner, verdict
from pipeline.gates.catalogue import GATES
from pipeline.gates.checks import hcl
from pipeline.gates.context import Context
from pipeline.gates.manifests import bundles
from pipeline.gates.report import Report
from pipeline.gates.verdict import Verdict
from pipeline.workspace import Workspace

_TOOLS = {"kubeconform", "checkov", "trivy config", "opa"}


def judge_saved(place: Workspace, folder: Path) -> Verdict:
    """Judge the plan that was saved in `folder`, and keep the verdict beside it. Raises what `judge` raises."""
    judged = judge(place, folder / "plan.json")
    runner.write(folder, judged)
    return judged


def judge(place: Workspace, path: Path) -> Verdict:
    """Judge the plan in `path` (`terraform show -json`) by every tool that understands Kubernetes objects, and by the ledger.

    Raises `CommandError` when it is no plan of this project's module.
    """
    steps = [step for gate in GATES.values() for step in gate if step.tool in _TOOLS]
    with tempfile.TemporaryDirectory(prefix="portcullis-plan-") as scratch:
        folder = Path(scratch)
        file = folder / "plan.yaml"
        file.write_text(yaml.safe_dump_all(hcl.plan(path), sort_keys=False), "utf-8")
        found = runner.reports(steps, Context(place, own=True), inputs.of_files(folder, [file]), cache=True)
        origins = _origins(place, folder)
        reports = [_at_source(each, origins) for each in found]
    findings = {finding for report in reports for finding in report.findings}
    entries = ledger.load(place.root / "policies" / "exceptions.toml", dt.datetime.now(dt.UTC).date())
    mine = {entry for entry in entries if any(entry.covers(finding) for finding in findings)}
    return verdict.judge("plan", reports, floors=None, ledger=mine)


def _origins(place: Workspace, scratch: Path) -> dict[str, str]:
    """The file that people edit, by the object's name."""
    tree = inputs.of_tree(place.root)
    known = [each for bundle in bundles(Context(place, own=True, scratch=scratch), tree) if bundle.rendered for each in bundle.objects]
    return {each.name: each.file.relative_to(place.root).as_posix() for each in known}


def _at_source(report: Report, origins: dict[str, str]) -> Report:
    findings = tuple(replace(each, file=origins.get(each.resource, each.file), line=0) for each in report.findings)
    return replace(report, findings=findings)
