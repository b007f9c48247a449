"""A rule is proven when its own violation is noticed with it, not without it, and everybody else's is noticed all the same."""

import pytest
import requests

from pipeline import rules, workspace
from pipeline.cluster import policies
from pipeline.cluster.api import Api
from pipeline.differential import objects, proof
from pipeline.differential.bench import Bench
from pipeline.differential.voices import MARK, Heard
from pipeline.workspace import ROOT

PLACE = workspace.locate()
TABLE = rules.load(ROOT)
BENCH = Bench(Api("", requests.Session()), PLACE, policies.source(PLACE, PLACE.settings), objects.living_pod())
RULE, OTHER = TABLE.rules["rbac-wildcard"], TABLE.rules["rbac-secrets"]


def heard(main: set[str], without: set[str], refused: str = "") -> Heard:
    said = {"differential-clusterroles-roles": frozenset(main), "proof-rbac-wildcard": frozenset(without)}
    return Heard(refused, said, frozenset())


GOOD = {RULE: heard({"rbac-wildcard", MARK}, {MARK}), OTHER: heard({"rbac-secrets", MARK}, {"rbac-secrets", MARK})}


def test_a_rule_that_alone_makes_the_difference_is_proven() -> None:
    assert proof.judge(RULE, GOOD, BENCH) == ""


@pytest.mark.parametrize(
    ("own", "why"),
    [
        (heard({MARK}, {MARK}), "its violation is not noticed"),
        (heard({"rbac-wildcard", MARK}, {"rbac-wildcard", MARK}), "its violation is noticed without it too"),
        (heard({"rbac-wildcard", MARK}, set()), "the policy without it was not asked"),
        (heard(set(), set(), "is invalid"), "its violation is refused by the API itself: is invalid"),
    ],
)
def test_a_rule_whose_violation_shows_nothing_is_not_proven(own: Heard, why: str) -> None:
    assert proof.judge(RULE, {**GOOD, RULE: own}, BENCH) == why


def test_a_policy_that_lost_more_than_the_rule_proves_nothing() -> None:
    answers = {**GOOD, OTHER: heard({"rbac-secrets", MARK}, {MARK})}
    assert proof.judge(RULE, answers, BENCH) == "without it, rbac-secrets passes too"


def test_a_rule_that_nothing_was_sent_for_is_not_proven() -> None:
    assert proof.judge(RULE, {OTHER: GOOD[OTHER]}, BENCH) == "nothing that breaks it was sent"
