"""Prometheus' rules by its own promtool, Alertmanager's configuration by its amtool, and what neither asks: that no alert is untested."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline import process
from pipeline.errors import CommandError
from pipeline.gates.checks import links
from pipeline.gates.context import Context
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report

_SECONDS = 300
_MANIFESTS = ("terraform", "monitoring", "manifests")
_SEVERITIES, _LAYERS = {"none", "page", "ticket"}, {"capacity", "release", "security", "service", "watching"}
_BROKEN_RULES = "groups: [{name: canary, rules: [{alert: Canary, expr: sum(}]}]\n"
_BROKEN_TESTS = "rule_files: []\ntests: [{input_series: [], promql_expr_test: [{expr: '1', eval_time: 0s, exp_samples: []}]}]\n"
_BROKEN_ROUTING = "route: {receiver: nobody}\n"
_NAMED = re.compile(r'^alertname\s*=~?\s*"([^"]*)"$')


@dataclass(frozen=True)
class Tree:
    """The files of one tree (a gate may be shown several copies side by side)."""

    root: Path
    rules: tuple[Path, ...] = ()
    tests: tuple[Path, ...] = ()
    routing: tuple[Path, ...] = ()

    def alerts(self) -> Iterator[tuple[Path, Mapping[str, Any]]]:
        """Every alerting rule with its file."""
        for path in self.rules:
            for group in (yaml.safe_load(path.read_text("utf-8")) or {}).get("groups", []):
                yield from ((path, rule) for rule in group.get("rules", []) if "alert" in rule)


def trees(files: Iterable[Path]) -> list[Tree]:
    """Sort rule files, their tests and Alertmanager's configurations by the tree that they belong to."""
    found: dict[Path, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for path in files:
        if path.parts[-5:-2] == _MANIFESTS and path.parent.name == "rules":
            found[path.parents[4]]["rules"].append(path)
        elif path.parts[-5:-2] == _MANIFESTS and path.parent.name == "alertmanager" and path.stem == "alertmanager":
            found[path.parents[4]]["routing"].append(path)
        elif path.parts[-3:-1] == ("tests", "monitoring"):
            found[path.parents[2]]["tests"].append(path)
    return [Tree(root, **{kind: tuple(paths) for kind, paths in kinds.items()}) for root, kinds in sorted(found.items())]


def rules(context: Context, inputs: Inputs) -> Report:
    """`promtool check rules`, and what every alert needs to be of use to a person: a severity, a sentence, a section of the runbook."""
    found, known = context.tool("prometheus"), trees(inputs.of("yaml"))
    files = [path for each in known for path in each.rules]
    command = (found.path.with_name("promtool"), "check", "rules")
    findings = [*_refused(context, command, files, _BROKEN_RULES, "rule-syntax"), *(each for tree in known for each in _incomplete(tree))]
    count = sum(len(list(each.alerts())) for each in known)
    return Report("promtool check", found.version, tuple(map(str, files)), count, tuple(findings))


def tests(context: Context, inputs: Inputs) -> Report:
    """`promtool test rules`. An alert that no test sees firing, or none sees silent, is a finding too."""
    found, known = context.tool("prometheus"), trees(inputs.of("yaml"))
    files = [path for each in known for path in each.tests]
    command = (found.path.with_name("promtool"), "test", "rules")
    findings = [*_refused(context, command, files, _BROKEN_TESTS, "failed-test"), *(each for tree in known for each in untested(tree))]
    count = sum(len(_expectations(each.tests)) for each in known)
    return Report("promtool test", found.version, tuple(map(str, files)), count, tuple(findings))


def routing(context: Context, inputs: Inputs) -> Report:
    """`amtool check-config`, and that routes and inhibitions speak of alerts that there are: one that is misspelt holds nothing back."""
    found, known = context.tool("alertmanager"), trees(inputs.of("yaml"))
    files = [path for each in known for path in each.routing]
    command = (found.path.with_name("amtool"), "check-config")
    findings = [*_refused(context, command, files, _BROKEN_ROUTING, "routing-syntax"), *(each for tree in known for each in unknown(tree))]
    return Report("amtool", found.version, tuple(map(str, files)), findings=tuple(findings))


def _refused(context: Context, command: Sequence[str | Path], files: Iterable[Path], broken: str, rule: str) -> list[Finding]:
    """What a tool refuses of the files, each given to it alone. Raises `CommandError` when it takes even what is broken."""
    canary = context.scratch / "canary.yaml"
    canary.write_text(broken, "utf-8")
    if not _asked([*command, canary], canary, rule):
        raise CommandError("the tool did not refuse what it must refuse", fix="read the gate's log")
    return [finding for path in files for finding in _asked([*command, path], path, rule)]


def _asked(argv: list[str | Path], file: Path, rule: str) -> list[Finding]:
    done = process.run(argv, timeout=_SECONDS, ok=None)
    said = " | ".join(line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip())
    return [Finding(str(file), 0, rule, said[-600:], "high")] if done.returncode else []


def _incomplete(each: Tree) -> Iterator[Finding]:
    runbook = each.root / "docs" / "runbook.md"
    sections = links.anchors(runbook.read_text("utf-8")) if runbook.is_file() else set()
    for file, rule in each.alerts():
        labels, notes = rule.get("labels", {}), rule.get("annotations", {})
        lacking = {
            "severity": labels.get("severity") in _SEVERITIES,
            "layer": labels.get("layer") in _LAYERS,
            "for": "for" in rule,
            "summary": str(notes.get("summary", "")).endswith("."),
            "runbook_url": notes.get("runbook_url") == f"docs/runbook.md#{rule['alert'].lower()}" and rule["alert"].lower() in sections,
        }
        for name in (name for name, there in lacking.items() if not there):
            yield Finding(str(file), 0, "incomplete-alert", f"{rule['alert']} has no proper {name}", "medium", resource=rule["alert"])


def _expectations(files: Iterable[Path]) -> list[Mapping[str, Any]]:
    """What tests expect of an alert at a time."""
    documents = [yaml.safe_load(path.read_text("utf-8")) for path in files]
    return [each for document in documents for test in document.get("tests", []) for each in test.get("alert_rule_test", [])]


def untested(each: Tree) -> Iterator[Finding]:
    """The alerts that no test sees firing with the very labels of their rule, and those that none sees silent."""
    expected = _expectations(each.tests)
    for file, rule in each.alerts():
        mine = [test for test in expected if test["alertname"] == rule["alert"]]
        wanted = {name: str(value) for name, value in rule.get("labels", {}).items()}
        fires = any(wanted.items() <= seen["exp_labels"].items() for test in mine for seen in test.get("exp_alerts") or [])
        # What always fires has no silence to be seen.
        silent = any(not test.get("exp_alerts") for test in mine) or rule["expr"].strip() == "vector(1)"
        for word in (word for word, there in (("firing", fires), ("silent", silent)) if not there):
            message = f"no test in tests/monitoring sees {rule['alert']} {word} ({', '.join(wanted.values())})"
            yield Finding(str(file), 0, "untested-alert", message, "high", resource=rule["alert"])


def unknown(each: Tree) -> Iterator[Finding]:
    """Names of alerts in routes and inhibitions that no rule has."""
    names = {rule["alert"] for _, rule in each.alerts()}
    for path in each.routing:
        content = yaml.safe_load(path.read_text("utf-8"))
        for matcher in matchers(content):
            if found := _NAMED.match(matcher):
                for name in sorted(set(found[1].split("|")) - names):
                    yield Finding(str(path), 0, "unknown-alert", f"{matcher} names {name}, which no rule has", "high")


def matchers(content: Any) -> Iterator[str]:  # noqa: ANN401 - any YAML value
    """Every matcher in a part of Alertmanager's configuration."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from value if key.endswith("matchers") else matchers(value)
    elif isinstance(content, list):
        for value in content:
            yield from matchers(value)
