"""What Rego is handed of an object, and that the table of rules and Rego know the same rules."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import rules, workspace
from pipeline.gates.checks import rego
from pipeline.gates.context import Context
from pipeline.workspace import ROOT

PLACE = workspace.locate()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"a": None, "b": [{"c": None}]}, {"b": [{}]}),
        ({"labels": {"a": None, "b": "c"}}, {"labels": {"a": "", "b": "c"}}),
        ({"requests": {"cpu": None}, "limits": None}, {"requests": {"cpu": ""}}),
        ([None, 1], [None, 1]),
    ],
)
def test_a_null_means_what_it_means_to_the_api(written: object, read: object) -> None:
    assert rego.pruned(written) == read


def test_a_rule_that_only_the_table_or_only_rego_knows_is_an_error() -> None:
    table = rules.load(ROOT)
    asked = {rule.id for rule in table.rules.values() if not rule.manifests}
    assert rego._unasked(table, asked) == ()
    assert rego._unasked(table, asked - {"labels"} | {"planted"}) == (
        "rule labels is in policies/rules.toml or in Rego, not in both",
        "rule planted is in policies/rules.toml or in Rego, not in both",
    )


def test_every_rule_of_this_tree_is_asked(tmp_path: Path) -> None:
    report = rego.evaluate(Context(PLACE, own=True, scratch=tmp_path), [])
    assert report.errors == ()
    assert report.rules == len([rule for rule in rules.load(ROOT).rules.values() if not rule.manifests])


def test_a_denial_without_its_rule_in_the_table_is_not_passed_over(tmp_path: Path) -> None:
    place = replace(PLACE, root=tmp_path)
    (tmp_path / "policies").mkdir()
    for path in (ROOT / "policies").iterdir():
        if path.is_file():
            (tmp_path / "policies" / path.name).write_text(path.read_text().replace("[rule.quota]", "[rule.qouta]"))
    (tmp_path / "toolchain").symlink_to(ROOT / "toolchain")
    report = rego.evaluate(Context(place, own=True, scratch=tmp_path), [])
    assert {error.split()[1] for error in report.errors} == {"quota", "qouta"}
