"""The exception ledger: dated, owned, narrow, and checked before it is used."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.gates import ledger
from pipeline.gates.report import Finding
from pipeline.workspace import ROOT

TODAY = dt.date(2026, 11, 24)
GOOD: dict[str, Any] = {
    "gate": "iac",
    "rule": "CKV_K8S_43",
    "file": "terraform/manifests/base/deployment.yaml",
    "resource": "Deployment/hash",
    "reason": "The tag is a full commit hash.",
    "owner": "platform",
    "added": TODAY,
    "expires": TODAY + dt.timedelta(days=90),
}


def parse(*entries: dict[str, Any]) -> tuple[ledger.Entry, ...]:
    return ledger.parse({"exception": list(entries)}, TODAY)


def test_a_complete_entry_is_read_and_an_empty_ledger_is_fine() -> None:
    assert parse(GOOD) == (ledger.Entry(**GOOD),)
    assert ledger.parse({}, TODAY) == ()


@pytest.mark.parametrize("name", sorted(set(GOOD) - {"resource"}))
def test_a_missing_field_is_named(name: str) -> None:
    with pytest.raises(UsageError, match=f"exception 1: '{name}' is unknown, missing or of the wrong type"):
        parse({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"until": "forever"}, "'until' is unknown"),
        ({"expires": "2027-01-01"}, "'expires' is unknown, missing or of the wrong type"),
        ({"expires": dt.datetime(2027, 1, 1)}, "'expires' is unknown, missing or of the wrong type"),  # noqa: DTZ001 - TOML's local time
        ({"rule": "CKV_*"}, r"is too wide: 'CKV_\*' is a pattern"),
        ({"file": "terraform/**"}, "is too wide"),
        ({"file": "terraform/"}, "is too wide: gate, rule and file name one each"),
        ({"rule": ""}, "is too wide"),
        ({"reason": "because"}, "has no reason or no owner"),
        ({"reason": "becauseitissoandnototherwise"}, "has no reason or no owner"),
        ({"owner": " "}, "has no reason or no owner"),
        ({"added": TODAY + dt.timedelta(days=1)}, "which is not yet"),
        ({"expires": TODAY + dt.timedelta(days=91)}, "lasts longer than 90 days"),
        ({"added": TODAY - dt.timedelta(days=9), "expires": TODAY - dt.timedelta(days=10)}, "ends before it begins"),
        ({"added": TODAY - dt.timedelta(days=9), "expires": TODAY - dt.timedelta(days=1)}, "expired on 2026-11-23"),
    ],
)
def test_an_unfit_entry_is_refused(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        parse({**GOOD, **change})


def test_a_duplicate_is_refused() -> None:
    with pytest.raises(UsageError, match="2 entries for iac CKV_K8S_43"):
        parse(GOOD, {**GOOD, "reason": "Another reason that is long enough."})


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown table 'exceptions'"):
        ledger.parse({"exceptions": [GOOD]}, TODAY)


@given(st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31)))
def test_an_entry_is_good_on_its_own_days_only(day: dt.date) -> None:
    valid = GOOD["added"] <= day <= GOOD["expires"]
    if valid:
        assert ledger.parse({"exception": [GOOD]}, day)
    else:
        with pytest.raises(UsageError, match=r"expired|not yet"):
            ledger.parse({"exception": [GOOD]}, day)


@given(st.tuples(*[st.sampled_from(["a", "b"])] * 3), st.tuples(*[st.sampled_from(["a", "b"])] * 3))
def test_rule_file_and_resource_all_have_to_agree(mine: tuple[str, str, str], found: tuple[str, str, str]) -> None:
    entry = ledger.Entry(**{**GOOD, "rule": mine[0], "file": mine[1], "resource": mine[2]})
    assert entry.covers(Finding(found[1], 1, found[0], "m", resource=found[2])) == (mine == found)


def test_the_projects_own_ledger_is_fit_today() -> None:
    assert ledger.load(ROOT / "policies" / "exceptions.toml", dt.datetime.now(dt.UTC).date())


def test_a_justification_is_a_word_of_cyclonedx_or_absent() -> None:
    assert parse(GOOD | {"justification": "code_not_reachable"})[0].justification == "code_not_reachable"
    assert parse(GOOD)[0].justification == ""
    with pytest.raises(UsageError, match="is justified by 'because', which is no word of CycloneDX"):
        parse(GOOD | {"justification": "because"})
