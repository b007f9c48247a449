"""Terraform source: layout and syntax, validity against the provider, and tflint's rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline import process
from pipeline.errors import CommandError
from pipeline.gates.context import Context, output, parsed, without
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report, severity
from pipeline.terraform import Module, environment

_SECONDS = 60
_SYNTAX = re.compile(r"Error: (?P<message>.+?)\n[\s│╵]*on (?P<file>.+?) line (?P<line>\d+)")


def layout(context: Context, inputs: Inputs) -> Report:
    """Compare each file with what `terraform fmt` would make of it; a file that is no HCL is a finding too."""
    found = context.tool("terraform")
    findings: list[Finding] = []
    errors: list[str] = []
    files = inputs.of("terraform")
    # It says nothing when all is well; a file that must be refused tells that from a tool that does nothing.
    canary = context.scratch / "canary.tf"
    canary.write_text("locals  {}\n", "utf-8")
    for file in (canary, *files):
        argv: list[str | Path] = [found.path, "fmt", "-check", "-no-color", file]
        done = process.run(argv, cwd=inputs.root, env=environment(), timeout=_SECONDS, ok=(0, 2, 3))
        if done.returncode == 3:  # noqa: PLR2004 - terraform's "would change"
            findings.append(Finding(str(file), 0, "layout", "is not laid out as terraform fmt would", "info", "terraform fmt"))
        elif done.returncode:
            wrong = _SYNTAX.search(done.stderr)
            if wrong is None:
                errors.append(f"{file}: terraform fmt: {done.tail}")
            else:
                findings.append(Finding(str(file), int(wrong["line"]), "syntax", wrong["message"], "high"))
    return Report("terraform fmt", found.version, tuple(map(str, files)), findings=without(canary, findings), errors=tuple(errors))


def validity(context: Context, inputs: Inputs) -> Report:
    """`terraform validate` on this project's root modules: the only ones whose provider is at hand."""
    found = context.tool("terraform")
    files = [path for path in inputs.of("terraform") if path.is_relative_to(inputs.root / "terraform")]
    modules = sorted({path.parent for path in files if path.suffix == ".tf"})
    findings = tuple(finding for number, root in enumerate(modules) for finding in _invalid(context, root, f"terraform-{number}"))
    return Report("terraform validate", found.version, tuple(map(str, files)), findings=findings)


def _invalid(context: Context, root: Path, scratch: str) -> Iterator[Finding]:
    for each in Module(context.place, root).validate(context.scratch / scratch)["diagnostics"]:
        place = each.get("range", {})
        told = f"{each['summary']} {each.get('detail', '')}".strip()
        file, line = str(root / place.get("filename", "")), place.get("start", {}).get("line", 0)
        yield Finding(file, line, "invalid", told, severity(each["severity"]))


def tflint(context: Context, inputs: Inputs) -> Report:
    """Apply every rule of tflint's Terraform set to each folder with Terraform files."""
    found = context.tool("tflint")
    rules = context.configuration / "policies" / "tflint.hcl"
    files = [path for path in inputs.of("terraform") if path.suffix == ".tf"]
    findings: list[Finding] = []
    errors: list[str] = []
    for folder in sorted({file.parent for file in files}):
        options = [f"--chdir={folder}", f"--config={rules}", "--format=json", "--force", "--no-color"]
        table = parsed("tflint", output([found.path, *options], cwd=inputs.root))
        errors += [f"{folder}: tflint: {each['message']}" for each in table["errors"]]
        findings += [
            Finding(
                str(folder / Path(each["range"]["filename"]).name),
                each["range"]["start"]["line"],
                each["rule"]["name"],
                each["message"],
                severity(each["rule"]["severity"]),
                each["rule"]["link"],
            )
            for each in table["issues"]
        ]
    return Report("tflint", found.version, tuple(map(str, files)), findings=tuple(findings), errors=tuple(errors))


def plan(path: Path) -> list[dict[str, Any]]:
    """Return the Kubernetes objects that a saved plan (`terraform show -json`) would create or keep.

    The provider holds each as JSON text in `values.manifest`. Raises `CommandError` when the file is no plan with such objects.
    """
    try:
        resources = json.loads(path.read_text("utf-8"))["planned_values"]["root_module"]["resources"]
        objects = [json.loads(each["values"]["manifest"]) for each in resources if each["mode"] == "managed"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} is no saved plan of this module ({type(error).__name__})", fix="nox -s deploy") from error
    if not objects:
        raise CommandError(f"{path} plans no object", fix="nox -s deploy")
    return objects
