"""The proof that each rule of admission is alive: without it, its own violation passes, and nothing else does."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.cluster import policies
from pipeline.differential import bench as benches
from pipeline.differential import violations, voices
from pipeline.differential.bench import Bench
from pipeline.differential.corpus import Case
from pipeline.differential.objects import NAMESPACE
from pipeline.differential.voices import MARK, Heard
from pipeline.rules import Rule

_CONNECTION = f"/api/v1/namespaces/{NAMESPACE}/pods/living/exec"


@dataclass(frozen=True)
class Proven:
    """A rule, and why it is not proven; empty when it is."""

    rule: str
    why: str = ""


def run(bench: Bench) -> list[Proven]:
    """Take each rule away in turn, and look what that lets through."""
    table = bench.source.table
    broken = violations.of(bench.living)
    asked: list[tuple[Rule, Rule]] = []
    for group in policies.groups(table).values():
        asked += [(without, rule) for without in group for rule in group if _can_be_asked(without, rule, broken)]
    answers = voices.of_server(bench.server, [benches.marked(without, broken[rule.id]) for without, rule in asked])
    heard = dict(zip(asked, answers, strict=True))
    heard |= {(rule, rule): _connect(bench) for rule in table.admitted if rule.on == "connection"}
    return [
        Proven(rule.id, judge(rule, {of: each for (without, of), each in heard.items() if without == rule}, bench))
        for rule in table.admitted
    ]


def _can_be_asked(without: Rule, rule: Rule, broken: dict[str, Case]) -> bool:
    # The living pod has one label, and a container that joins it cannot bring another.
    return rule.id in broken and (rule.id != "ephemeral-container" or without == rule)


def _connect(bench: Bench) -> Heard:
    """Ask to run a program in the living pod. It runs nowhere, so nothing is ever started; admission is asked before that shows."""
    return voices.heard(bench.server.send("POST", _CONNECTION, None, {"command": "true", "stdout": "true"}))


def judge(rule: Rule, heard: dict[Rule, Heard], bench: Bench) -> str:
    """Return why the rule is not proven by what was said of its own violation and of the others', empty when it is."""
    if rule not in heard:
        return "nothing that breaks it was sent"
    own = heard[rule]
    if own.refused:
        return f"its violation is refused by the API itself: {own.refused[:120]}"
    if rule.id not in own.said.get(bench.under_test[policies.group(rule)], frozenset()):
        return "its violation is not noticed"
    without = {of: each.said.get(benches.mutant(rule), frozenset()) for of, each in heard.items()}
    if MARK not in without[rule]:
        return "the policy without it was not asked"
    if rule.id in without[rule]:
        return "its violation is noticed without it too"
    passing = [of.id for of, said in without.items() if of != rule and of.id not in said]
    return f"without it, {passing[0]} passes too" if passing else ""
