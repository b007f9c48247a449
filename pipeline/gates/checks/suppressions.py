"""Words in files that tell a scanner to look away. They are findings wherever they stand: exceptions have one place, the ledger."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.gates.context import Context
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report

_COMMENT = r"(?:#|//|/\*|<!--|^)\s*"
_WORDS = {
    "bandit": r"nosec\b",
    "checkov": r"checkov:skip=|bridgecrew:skip=|checkov\.io/skip\d*\s*[:=]",
    "trivy": r"(?:trivy|tfsec):ignore",
    "gitleaks": r"gitleaks:allow",
    "hadolint": r"hadolint\s+(?:global\s+)?ignore=",
    "shellcheck": r"shellcheck\s+disable=",
    "tflint": r"tflint-ignore",
    "yamllint": r"yamllint\s+disable",
    "zizmor": r"zizmor:\s*ignore",
    "actionlint": r"actionlint\s+ignore",
    "mypy": r"mypy:\s*(?:ignore-errors|disable-error-code)",
    "ruff": r"(?:ruff|flake8):\s*noqa",
}
_IN_COMMENT = {tool: re.compile(_COMMENT + f"(?:{words})", re.IGNORECASE) for tool, words in _WORDS.items()}
# checkov reads annotations too, which are no comments.
_ANNOTATION = re.compile(r"^\s*[\"']?checkov\.io/skip\d*[\"']?\s*:", re.IGNORECASE)
_FILES = {
    ".trivyignore",
    ".trivyignore.yaml",
    ".checkov.yaml",
    ".checkov.yml",
    ".bandit",
    ".gitleaksignore",
    ".gitleaks.toml",
    ".hadolint.yaml",
}
_FILES |= {
    ".hadolint.yml",
    ".yamllint",
    ".yamllint.yaml",
    ".yamllint.yml",
    ".tflint.hcl",
    ".shellcheckrc",
    "zizmor.yml",
    ".snyk",
    ".semgrepignore",
}
_FIX = "correct the cause, or write an entry in policies/exceptions.toml"
KINDS = ("python", "shell", "terraform", "rego", "toml", "yaml", "manifest", "kustomization", "workflow", "dockerfile")


def check(_context: Context, inputs: Inputs) -> Report:
    """Look for them in every kind of file that a scanner reads, and for configuration files that scanners pick up by themselves."""
    findings = [
        Finding(str(path), 0, "scanner-configuration", f"{path.name} changes what a scanner sees", "high", "remove it")
        for path in inputs.all
        if path.name in _FILES
    ]
    files = inputs.of(*KINDS)
    for file in files:
        findings += _in(file)
    return Report("suppressions", "1", tuple(map(str, files)), len(_IN_COMMENT) + 2, tuple(findings))


def _in(file: Path) -> list[Finding]:
    found = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        tools = [tool for tool, pattern in _IN_COMMENT.items() if pattern.search(line)]
        tools += ["checkov"] if _ANNOTATION.search(line) and "checkov" not in tools else []
        found += [Finding(str(file), number, "inline-suppression", f"tells {tool} to look away", "high", _FIX) for tool in tools]
    return found
