"""Compares what the judges said of the same object. Pure: nothing is asked here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.cluster import policies
from pipeline.differential.corpus import Case
from pipeline.differential.voices import MARK, Heard
from pipeline.rules import Rule, Table


@dataclass(frozen=True)
class Disagreement:
    """Two judges, one object, one rule, two verdicts."""

    case: str
    rule: str
    words: str


@dataclass(frozen=True)
class Compared:
    """How many verdicts were compared for one object, and which differ."""

    verdicts: int
    disagreements: tuple[Disagreement, ...] = ()


def compare(case: Case, rego: frozenset[str], heard: Heard, table: Table, under_test: Mapping[str, str]) -> Compared:
    """Compare the verdicts on an object that came to admission. `under_test` names the policy of each group."""
    kind = case.content["kind"]
    asked = [rule for rule in table.admitted if not rule.manifests and _asks(rule, kind)]
    if not asked:
        return Compared(0, (Disagreement(case.name, "", f"no rule asks about a {kind}"),))
    said = heard.said.get(under_test[policies.group(asked[0])], frozenset())
    strange = sorted(said - {MARK} - {rule.id for rule in table.admitted})
    found = [Disagreement(case.name, "", f"admission says {words}") for words in strange]
    if MARK not in said:
        found.append(Disagreement(case.name, "", "admission was not asked"))
    found += [
        Disagreement(case.name, rule.id, f"Rego {_verb(rule.id in rego)}, admission {_verb(rule.id in said)}")
        for rule in asked
        if (rule.id in rego) != (rule.id in said)
    ]
    checks = _pod_security(case, said, heard.pod_security, table) if kind in policies.WITH_PODS else Compared(0)
    return Compared(len(asked) + checks.verdicts, (*found, *checks.disagreements))


def _pod_security(case: Case, said: frozenset[str], violated: frozenset[str], table: Table) -> Compared:
    """Whatever Pod Security refuses, a rule of ours has to refuse; and the other way round, unless the rule is stricter and says so."""
    mapped = [rule for rule in table.admitted if rule.psa]
    found = [
        Disagreement(case.name, "", f"Pod Security refuses ({reason}), admission agrees")
        for reason in sorted(violated - set(table.pod_security_alone))
        if not any(reason in rule.psa and rule.id in said for rule in mapped)
    ]
    # With users of its own, a pod may run as what it takes for root: Pod Security allows it, these rules do not.
    exact = [rule for rule in mapped if not rule.beyond and _spec(case.content).get("hostUsers") is not False]
    found += [
        Disagreement(case.name, rule.id, "admission refuses, Pod Security agrees")
        for rule in exact
        if rule.id in said and not violated & set(rule.psa)
    ]
    return Compared(len(mapped), tuple(found))


def _spec(content: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = content["spec"]
    for step in {"Pod": (), "CronJob": ("jobTemplate", "spec", "template", "spec")}.get(content["kind"], ("template", "spec")):
        spec = spec[step]
    return dict(spec)


def _asks(rule: Rule, kind: str) -> bool:
    return kind in rule.on if isinstance(rule.on, tuple) else rule.on in {"container", "pod"} and kind in policies.WITH_PODS


def _verb(refuses: bool) -> str:  # noqa: FBT001 - a verdict in one word
    return "refuses" if refuses else "agrees"
