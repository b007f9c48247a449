"""yamllint: layout and pitfalls of YAML (cluster manifests, workflows and everything else)."""

from __future__ import annotations

import re

from pipeline.gates.context import Context, output, without
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report, severity

_LINE = re.compile(r"^(?P<file>.+?):(?P<line>\d+):\d+: \[(?P<level>\w+)\] (?P<message>.*?)(?: \((?P<rule>[\w-]+)\))?$")
KINDS = ("yaml", "manifest", "kustomization", "workflow")


def check(context: Context, inputs: Inputs) -> Report:
    """Apply policies/yamllint.yaml; warnings count."""
    found = context.tool("yamllint")
    files = [path for path in inputs.of(*KINDS) if path.suffix != ".json"]
    rules = context.configuration / "policies" / "yamllint.yaml"
    # It says nothing when all is well; a file that must be refused tells that from a tool that does nothing.
    canary = context.scratch / "canary.yaml"
    canary.write_text("a:  1 \n", "utf-8")
    said = output([found.path, "--strict", "--format=parsable", f"--config-file={rules}", canary, *files], cwd=inputs.root, ok=(0, 1, 2))
    return Report("yamllint", found.version, tuple(map(str, files)), findings=without(canary, findings(said)))


def findings(text: str) -> tuple[Finding, ...]:
    """Read yamllint's parsable lines."""
    found = [match for line in text.splitlines() if (match := _LINE.match(line))]
    return tuple(
        Finding(each["file"], int(each["line"]), each["rule"] or "syntax", each["message"], severity(each["level"])) for each in found
    )
