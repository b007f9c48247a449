"""Verdicts, and the triage that may soften one: exactly what was found, for as long as was said."""

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.errors import UsageError
from pipeline.harden import triage
from pipeline.harden.checks import Control
from pipeline.harden.judge import Result, judge
from pipeline.harden.triage import Entry
from tests.support import recorded_facts

TODAY = dt.date(2026, 11, 24)
FACTS = recorded_facts()
GOOD = Control("1", "good", lambda _: (True, "so it is"))
BAD = Control("2", "bad", lambda _: (False, "it is not"), "mend it")
ENTRY = Entry("2", "it is not", "a reason that says more than a few words do", TODAY, TODAY + triage.LONGEST)


def verdict(control: Control, entry: Entry | None = None) -> Result:
    (result,) = judge([control], FACTS, {control.id: entry} if entry else {}, TODAY)
    return result


def test_what_is_so_passes() -> None:
    assert verdict(GOOD) == Result("1", "good", "PASS", "so it is")


def test_what_is_not_so_fails_with_what_to_do() -> None:
    assert verdict(BAD) == Result("2", "bad", "FAIL", "it is not", "mend it")


def test_a_triage_of_what_was_found_makes_it_a_warning() -> None:
    assert verdict(BAD, ENTRY) == Result("2", "bad", "WARN", "it is not", ENTRY.reason)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"found": "something else"}, "its triage is about 'something else': decide again"),
        ({"expires": TODAY - dt.timedelta(1), "reviewed": TODAY - dt.timedelta(9)}, "its triage expired on 2026-11-23"),
        ({"expires": TODAY + triage.LONGEST + dt.timedelta(1)}, "its triage lasts longer than 180 days"),
        ({"reviewed": TODAY + dt.timedelta(1)}, "its triage reviewed on 2026-11-25, which is not yet"),
    ],
)
def test_a_triage_that_does_not_fit_is_a_failure(change: dict[str, str | dt.date], note: str) -> None:
    found = verdict(BAD, Entry(**{**vars(ENTRY), **change}))
    assert (found.verdict, found.note.startswith(note)) == ("FAIL", True)


def test_a_triage_that_is_not_needed_is_a_failure() -> None:
    assert verdict(GOOD, replace(ENTRY, id="1")).note == "its triage is not needed any more: remove it from cluster/triage.toml"


def test_a_triage_of_no_control_is_a_failure() -> None:
    assert judge([GOOD], FACTS, {"9": ENTRY}, TODAY)[1] == Result(
        "9", "triage of no control", "FAIL", "there is no such control", "remove it"
    )


WHOLE = {"id": "1", "found": "x", "reason": "a reason that says more than a few words do", "reviewed": TODAY, "expires": TODAY}


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"triages": []}, "unknown table 'triages'"),
        ({"triage": [{**WHOLE, "owner": "me"}]}, "'owner' is unknown"),
        ({"triage": [{key: value for key, value in WHOLE.items() if key != "found"}]}, "'found' is unknown, missing"),
        ({"triage": [{**WHOLE, "expires": "2027-01-01"}]}, "'expires' is unknown, missing or of the wrong type"),
        ({"triage": [WHOLE, WHOLE]}, "1 has two entries"),
        ({"triage": [{**WHOLE, "reason": "because"}]}, "1 has no reason to speak of"),
    ],
)
def test_an_entry_that_says_too_little_is_refused(table: dict[str, object], fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        triage.parse(table)
