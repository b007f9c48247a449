"""Two verdicts are compared for every rule that asks, and silence, strange words and one-sided refusals are all disagreements."""

from collections.abc import Iterable

import pytest

from pipeline import rules
from pipeline.cluster import policies
from pipeline.differential import changes, objects, verdicts
from pipeline.differential.changes import Change
from pipeline.differential.corpus import Case
from pipeline.differential.verdicts import Disagreement
from pipeline.differential.voices import MARK, Heard
from pipeline.workspace import ROOT

TABLE = rules.load(ROOT)
UNDER_TEST = {name: f"t-{name}" for name in policies.groups(TABLE)}
POD = Case("a pod", objects.with_pod("Deployment", objects.pod()))
ROLE = Case("a role", objects.role("Role"))


def compared(case: Case, rego: set[str], said: set[str], checks: Iterable[str] = ()) -> verdicts.Compared:
    group = "pods" if case is not ROLE else "clusterroles-roles"
    heard = Heard("", {f"t-{group}": frozenset(said)}, frozenset(checks))
    return verdicts.compare(case, frozenset(rego), heard, TABLE, UNDER_TEST)


def test_agreement_is_counted_rule_by_rule() -> None:
    asked = [rule for rule in TABLE.admitted if rule.on in {"container", "pod"}]
    mapped = [rule for rule in TABLE.admitted if rule.psa]
    assert compared(POD, {"privileged"}, {"privileged", MARK}, {"privileged"}) == verdicts.Compared(len(asked) + len(mapped))
    assert compared(ROLE, set(), {MARK}) == verdicts.Compared(4)


@pytest.mark.parametrize(
    ("rego", "said", "words"),
    [
        ({"rbac-wildcard"}, {MARK}, "Rego refuses, admission agrees"),
        (set(), {"rbac-wildcard", MARK}, "Rego agrees, admission refuses"),
    ],
)
def test_a_rule_that_only_one_breaks_is_named(rego: set[str], said: set[str], words: str) -> None:
    assert compared(ROLE, rego, said).disagreements == (Disagreement("a role", "rbac-wildcard", words),)


def test_silence_and_strange_words_are_disagreements() -> None:
    assert compared(ROLE, set(), set()).disagreements == (Disagreement("a role", "", "admission was not asked"),)
    assert compared(ROLE, set(), {MARK, "expression resulted in error"}).disagreements == (
        Disagreement("a role", "", "admission says expression resulted in error"),
    )


def test_what_pod_security_refuses_a_rule_has_to_refuse() -> None:
    assert compared(POD, set(), {MARK}, {"privileged"}).disagreements == (
        Disagreement("a pod", "", "Pod Security refuses (privileged), admission agrees"),
    )
    assert compared(POD, set(), {MARK}, {"seLinuxOptions"}).disagreements == ()


def test_a_rule_may_be_stricter_than_pod_security_only_where_it_says_so() -> None:
    assert compared(POD, {"privileged"}, {"privileged", MARK}).disagreements == (
        Disagreement("a pod", "privileged", "admission refuses, Pod Security agrees"),
    )
    assert compared(POD, {"sysctl"}, {"sysctl", MARK}).disagreements == ()


def test_user_namespaces_excuse_nothing_here() -> None:
    case = Case("a pod", changes.changed("Pod", [Change(("spec", "hostUsers"), value=False)]))
    assert compared(case, {"run-as-non-root"}, {"run-as-non-root", MARK}).disagreements == ()


def test_a_kind_that_no_rule_asks_about_proves_nothing() -> None:
    case = Case("a map", {"kind": "ConfigMap", "metadata": {}})
    assert compared(case, set(), {MARK}).disagreements == (Disagreement("a map", "", "no rule asks about a ConfigMap"),)
