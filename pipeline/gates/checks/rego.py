"""Our own rules (policies/*.rego), and the rules about rules: they are formatted, strict, tested, and every line of them is reached."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pipeline import process
from pipeline import rules as rules_table
from pipeline.errors import CommandError
from pipeline.gates import dockerfile
from pipeline.gates.context import Context, output, parsed, without
from pipeline.gates.inputs import Inputs
from pipeline.gates.manifests import bundles
from pipeline.gates.report import Finding, Report, severity
from pipeline.rules import Rule, Table
from pipeline.toolchain import pins

_SECONDS = 60
_PATIENT = "--timeout=60s"  # per test; the 5 s that it has by default are short when other stages take the cores
# Each document is judged alone, with the same settings.
_QUESTION = """
[each | some document in input.documents; some each in data.portcullis.deny with input as object.union(document, input.shared)]
"""
_MAPS = {"annotations", "hard", "labels", "limits", "matchLabels", "requests"}
_DENIAL = re.compile(r'^deny contains \w+\([^"\n]*"([\w-]+)"', re.MULTILINE)


def layout(context: Context, inputs: Inputs) -> Report:
    """Compare each Rego file with what `opa fmt` would make of it."""
    found = context.tool("opa")
    files = inputs.of("rego")
    canary = _canary(context, "package   canary\n")
    done = process.run([found.path, "fmt", "--list", canary, *files], cwd=inputs.root, timeout=_SECONDS, ok=(0, 1, 2))
    findings = [
        Finding(line, 0, "layout", "is not laid out as opa fmt would", "info", "opa fmt --write") for line in done.stdout.splitlines()
    ]
    errors = (f"opa fmt: {done.tail}",) if done.returncode and not findings else ()
    return Report("opa fmt", found.version, tuple(map(str, files)), findings=without(canary, findings), errors=errors)


def strictness(context: Context, inputs: Inputs) -> Report:
    """`opa check --strict` on each folder with Rego files."""
    found = context.tool("opa")
    files = inputs.of("rego")
    findings: list[Finding] = []
    canary = _canary(context, "package canary\n\na := b\n")
    for folder in sorted({canary.parent, *(file.parent for file in files)}):
        done = process.run(
            [found.path, "check", "--strict", "--format=json", *folder.glob("*.rego")], cwd=inputs.root, timeout=_SECONDS, ok=(0, 1)
        )
        for each in parsed("opa", done.stderr or "{}").get("errors") or []:
            place = each.get("location") or {}
            findings.append(Finding(place.get("file", str(folder)), place.get("row", 0), each["code"], each["message"], "medium"))
    return Report("opa check", found.version, tuple(map(str, files)), findings=without(canary, findings))


def _canary(context: Context, text: str) -> Path:
    """A file that must be refused: these commands say nothing when all is well, and neither does a tool that does nothing."""
    file = context.scratch / "canary.rego"
    file.write_text(text, "utf-8")
    return file


def tests(context: Context, inputs: Inputs) -> Report:
    """Run the rules' unit tests. A failed test is a finding, and so is a line of a rule that no test reaches."""
    found = context.tool("opa")
    folder = inputs.root / "policies"
    rules = [*sorted(folder.glob("*.rego")), _table(context, rules_table.load(inputs.root))]
    said = process.run([found.path, "test", _PATIENT, "--coverage", "--format=json", *rules], cwd=folder, timeout=_SECONDS, ok=(0, 1, 2))
    findings: list[Finding] = []
    coverage: dict[str, Any] = {"files": {}}
    if said.returncode:  # then opa prints no coverage
        results = parsed(
            "opa test",
            process.run([found.path, "test", _PATIENT, "--format=json", *rules], cwd=folder, timeout=_SECONDS, ok=(0, 1, 2)).stdout,
        )
        failed = [each for each in results if each.get("fail") or each.get("error")]
        findings = [Finding(each["location"]["file"], each["location"]["row"], "failed-test", each["name"], "high") for each in failed]
    else:
        coverage = parsed("opa test", said.stdout)
    for file, lines in coverage["files"].items():
        if not file.endswith("_test.rego"):
            rows = [row for part in lines.get("not_covered") or [] for row in range(part["start"]["row"], part["end"]["row"] + 1)]
            findings += [Finding(file, row, "untested-line", "no test of the rules reaches this line", "medium") for row in rows]
    files = [path for path in inputs.of("rego") if path.parent == folder]
    names = {name for path in files for name in re.findall(r"^test_\w+", path.read_text("utf-8"), re.MULTILINE)}
    return Report("opa test", found.version, tuple(map(str, files)), len(names), tuple(findings))


def policy(context: Context, inputs: Inputs) -> Report:
    """Apply our rules to manifests, Dockerfiles and devbox.json."""
    documents: list[dict[str, Any]] = []
    for bundle in bundles(context, inputs):
        objects = [
            {"content": pruned(each.content), "file": str(each.file), "line": each.line, "name": each.name} for each in bundle.objects
        ]
        documents.append({"kind": "bundle", "objects": objects})
    documents += [
        {"kind": "dockerfile", "file": str(file), "instructions": dockerfile.instructions(file.read_text("utf-8"))}
        for file in inputs.of("dockerfile")
    ]
    documents += [{"kind": "devbox", "file": str(file), "content": _devbox(file)} for file in inputs.of("devbox")]
    return evaluate(context, documents)


def evaluate(context: Context, documents: list[dict[str, Any]]) -> Report:
    """Ask OPA for every denial of every document. Raises `CommandError` when the rules do not answer."""
    found = context.tool("opa")
    rules = [path for path in sorted((context.configuration / "policies").glob("*.rego")) if not path.stem.endswith("_test")]
    table = rules_table.load(context.configuration)
    settings = context.place.settings
    question = {
        "documents": documents,
        "shared": {
            "settings": {
                "own": context.own,
                "registry": settings.registry,
                "replicas": [settings.replicas_min, settings.replicas_max],
                "node_port": settings.node_port,
                "denied": {pin.devbox: dict(pin.denied) for pin in pins.load(context.place.root).values() if pin.devbox and pin.denied},
            }
        },
    }
    path = context.scratch / "policy-input.json"
    path.write_text(json.dumps(question, default=str), "utf-8")
    argv: list[str | Path] = [found.path, "eval", "--strict-builtin-errors", "--format=json", f"--input={path}"]
    for each in (*rules, _table(context, table)):
        argv += ["--data", each]
    said = parsed("opa", output([*argv, _QUESTION], cwd=context.scratch, ok=(0, 2)))
    try:
        denials = said["result"][0]["expressions"][0]["value"]
    except (KeyError, IndexError, TypeError) as error:
        raise CommandError(
            f"the rules in policies/ do not answer: {json.dumps(said.get('errors', said))[:300]}", fix="nox -s lint"
        ) from error
    files = {each["file"] for document in documents for each in document.get("objects", [document]) if "file" in each}
    findings = tuple(_finding(each, table.rules[each["rule"]]) for each in denials)
    asked = {rule for path in rules for rule in _DENIAL.findall(path.read_text("utf-8"))}
    return Report("opa", found.version, tuple(files), len(asked), findings, errors=_unasked(table, asked))


def _unasked(table: Table, asked: set[str]) -> tuple[str, ...]:
    """A rule that is only in the table, or only in Rego, would be one that everybody believes in and nobody asks."""
    wanted = {rule.id for rule in table.rules.values() if not rule.manifests}
    return tuple(f"rule {rule} is in policies/rules.toml or in Rego, not in both" for rule in sorted(wanted ^ asked))


def _table(context: Context, table: Table) -> Path:
    """The table of rules as a file that OPA reads."""
    path = context.scratch / "rules.json"
    path.write_text(json.dumps({"table": table.raw}), "utf-8")
    return path


def _finding(each: dict[str, Any], rule: Rule) -> Finding:
    return Finding(each["file"], each["line"], each["rule"], each["message"], severity(rule.severity), rule.fix, each.get("resource", ""))


def pruned(content: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The same object as the API server reads it: a field that is null is not there, but in a map of texts null is an empty one."""
    if isinstance(content, dict):
        found = {key: pruned(value) for key, value in content.items() if value is not None}
        for key in _MAPS & set(found):
            if isinstance(content[key], dict):
                found[key] = {name: "" if value is None else value for name, value in content[key].items()}
        return found
    return [pruned(each) for each in content] if isinstance(content, list) else content


def _devbox(file: Path) -> Any:  # noqa: ANN401 - any JSON value
    """devbox.json allows comments on lines of their own."""
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.strip().startswith("//")]
    try:
        return json.loads("\n".join(lines))
    except ValueError as error:
        raise CommandError(f"{file} is no JSON: {error}", fix="correct it") from error
