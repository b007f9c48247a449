"""A run is offline only when everything passed, nothing was asked, nothing left, and the ears were seen to hear."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evidence import Record
from pipeline.offline import observed
from pipeline.offline.observed import Observed

QUIET = Observed(0, 600.0, (), (), 0, {"a connection fails and is heard, before": True})
WANTED = {"lint", "summary"}
PASSED = [Record("lint", "a" * 40, "passed", 1, 8), Record("summary", "a" * 40, "passed", 9, 0.1)]


def test_a_quiet_run_of_every_stage_has_no_fault() -> None:
    assert observed.faults(QUIET, PASSED, WANTED) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"returncode": 1, "tail": "lint failed"}, "./run exited 1: lint failed"),
        ({"asked": ("a.example (by 127.0.0.1)",) * 2}, "2 DNS queries: a.example (by 127.0.0.1) x2"),
        ({"left": ("tcp 203.0.113.7:443",), "counted": 1}, "1 packets left: tcp 203.0.113.7:443 x1"),
        ({"counted": 4}, "the kernel counted 4 packets at the border, heard were 0"),
        ({"controls": {"a name": False}}, "the check itself fails: a name"),
        ({"controls": {}}, "the check itself was not checked"),
    ],
)
def test_each_thing_that_is_wrong_is_a_fault(changed: dict[str, Any], fault: str) -> None:
    assert observed.faults(replace(QUIET, **changed), PASSED, WANTED) == [fault]


def test_a_query_to_another_name_server_is_a_query_and_a_packet() -> None:
    seen = replace(QUIET, left=("udp 203.0.113.53:53",), counted=1)
    assert observed.faults(seen, PASSED, WANTED) == ["1 DNS queries: to another name server", "1 packets left: udp 203.0.113.53:53 x1"]


def test_a_stage_that_failed_or_did_not_run_is_a_fault() -> None:
    records = [replace(PASSED[0], verdict="failed")]
    assert observed.faults(QUIET, records, WANTED) == ["lint failed", "summary did not run"]
    assert observed.faults(QUIET, [], WANTED) == ["lint, summary did not run"]


@given(st.integers(0, 3), st.lists(st.text()), st.lists(st.text()), st.integers(0, 9), st.dictionaries(st.text(), st.booleans()))
def test_what_is_written_down_is_read_back(
    returncode: int, asked: list[str], left: list[str], counted: int, controls: dict[str, bool]
) -> None:
    seen = Observed(returncode, 1.5, tuple(asked), tuple(left), counted, controls, "tail")
    assert observed.parse(observed.text(seen)) == seen
