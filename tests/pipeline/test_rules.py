"""The table of rules: an entry that says too little, or two things at once, is refused by name."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from pipeline import rules
from pipeline.errors import UsageError
from pipeline.workspace import ROOT

GOOD: dict[str, Any] = {
    "values": {},
    "rule": {
        "one": {"severity": "high", "fix": "remove the thing", "on": "pod", "cel": "true", "psa": ["one thing"], "beyond": "a little"},
        "two": {"severity": "low", "fix": "add the thing", "on": ["Secret"], "admission": "it can't"},
        "three": {"severity": "low", "fix": "add the thing", "on": "dockerfile"},
    },
    "part": {"thing": {"reason": "it must", "may": ["one"]}},
    "pod-security-alone": {"another thing": "it must"},
    "written": {"other": {"on": ["Secret"], "cel": "true", "reason": "it must", "may": ["one"]}},
}


def test_the_table_is_read_whole() -> None:
    table = rules.parse(GOOD)
    assert list(table.rules) == ["one", "two", "three"]
    assert table.rules["one"] == rules.Rule("one", "high", "remove the thing", "pod", cel="true", psa=("one thing",), beyond="a little")
    assert table.admitted == (table.rules["one"],)
    assert table.pod_security_alone == {"another thing": "it must"}
    assert table.parts == (rules.Part("thing", "it must", ("one",)),)
    assert table.written == (rules.Written("other", ("Secret",), "true", "it must", ("one",)),)


@pytest.mark.parametrize(
    ("entry", "field", "value", "words"),
    [
        ("one", "severity", "dire", "rule one has no such severity"),
        ("one", "fix", "mend", "rule one does not say what to do"),
        ("one", "admission", "no", "rule one needs either cel, or in admission why not"),
        ("two", "admission", "", "rule two needs either cel, or in admission why not"),
        ("three", "cel", "true", "rule three needs either cel, or in admission why not"),
        ("two", "manifests", "no", "rule two is asked by nobody"),
        ("one", "psa", [], "rule one is beyond nothing"),
    ],
)
def test_an_entry_that_says_too_little_or_too_much_is_named(entry: str, field: str, value: object, words: str) -> None:
    table = deepcopy(GOOD)
    table["rule"][entry][field] = value
    with pytest.raises(UsageError, match=words):
        rules.parse(table)


@pytest.mark.parametrize("kind", ["part", "written"])
def test_only_rules_of_admission_can_be_broken_by_permission_and_never_without_reason(kind: str) -> None:
    for field, value, words in (("may", ["two"], "may break two"), ("reason", "", "has no reason")):
        table = deepcopy(GOOD)
        next(iter(table[kind].values()))[field] = value
        with pytest.raises(UsageError, match=words):
            rules.parse(table)


def test_an_unknown_field_is_refused(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    text = (ROOT / "policies" / "rules.toml").read_text()
    (tmp_path / "policies" / "rules.toml").write_text(text.replace('severity = "critical"', 'severty = "critical"', 1))
    with pytest.raises(UsageError, match=r"rules\.toml is no table of rules"):
        rules.load(tmp_path)


def test_every_rule_about_objects_is_asked_by_admission_or_says_why_not() -> None:
    table = rules.load(ROOT)
    objects = [rule for rule in table.rules.values() if rule.on not in {"dockerfile", "devbox"}]
    assert len(objects) >= 40
    assert all(bool(rule.cel) != bool(rule.admission) for rule in objects)
