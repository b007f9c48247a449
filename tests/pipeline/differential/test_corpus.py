"""The corpus is large, always the same, and made of objects that differ from a good one where they say so."""

import json
from copy import deepcopy

import pytest

from pipeline import rules
from pipeline.differential import changes, corpus, objects, violations
from pipeline.differential.changes import ABSENT, Change
from pipeline.workspace import ROOT

TABLE = rules.load(ROOT)


@pytest.fixture(scope="module")
def cases() -> list[corpus.Case]:
    return corpus.cases(30081)


def test_there_are_enough_different_objects(cases: list[corpus.Case]) -> None:
    assert len({json.dumps(case.content, sort_keys=True) for case in cases}) >= 1000


def test_the_corpus_is_the_same_every_time(cases: list[corpus.Case]) -> None:
    assert corpus.cases(30081) == cases


def test_every_kind_that_a_rule_asks_about_is_there(cases: list[corpus.Case]) -> None:
    kinds = {kind for rule in TABLE.admitted if isinstance(rule.on, tuple) for kind in rule.on}
    assert kinds | set(objects.WITH_PODS) == {case.content["kind"] for case in cases}


@pytest.mark.parametrize("kind", objects.WITH_PODS)
def test_a_change_changes_a_copy_and_leaves_its_value_alone(kind: str) -> None:
    tried = changes.every_change(kind)
    before = deepcopy([change.value for change in tried if change.value is not ABSENT])
    for change in tried:
        changes.changed(kind, [change])
    assert [change.value for change in tried if change.value is not ABSENT] == before


def test_a_change_makes_what_is_missing_on_its_way() -> None:
    content: objects.Content = {"a": None}
    Change(("a", "b"), 1).apply(content)
    Change(("c",), ABSENT).apply(content)
    assert content == {"a": {"b": 1}}


def test_every_rule_that_an_object_can_break_has_a_violation() -> None:
    broken = violations.of(objects.living_pod())
    assert set(broken) == {rule.id for rule in TABLE.admitted if rule.on != "connection"}


def test_a_label_more_leaves_the_object_alone() -> None:
    case = corpus.Case("a", objects.namespace(None))
    marked = violations.labelled(case, {"a": "b"})
    assert marked.content["metadata"]["labels"] == {"a": "b"}
    assert case.content["metadata"]["labels"] is None
