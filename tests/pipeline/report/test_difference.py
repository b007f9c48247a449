"""What changed between two runs is found, the machine's mood is not, and facts survive being kept."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.report import difference, timing
from pipeline.report.difference import Change, Facts
from tests.pipeline.report import samples
from tests.pipeline.report.samples import GRAPH


def facts(**parts: object) -> Facts:
    found = samples.evidence(**parts)
    return difference.facts(found, timing.of(found.records, GRAPH), GRAPH)


def test_the_same_run_has_no_changes() -> None:
    assert difference.changes(facts(), facts()) == []


def test_every_kind_of_change_is_named() -> None:
    before = Facts(
        "a", 1.0, 9.0, {"lint": "passed", "x": "passed"}, {"lint": 10.0}, ("old",), {"libc6": "1", "gone": "1"}, {"lint: rules": 3}
    )
    now = Facts("b", 2.0, 9.0, {"lint": "failed"}, {"lint": 30.0}, ("new",), {"libc6": "2", "more": "1"}, {"lint: rules": 4})
    assert difference.changes(before, now) == [
        Change("verdict", "lint", "passed", "failed"),
        Change("verdict", "x", "passed", ""),
        Change("finding", "new", "", "new"),
        Change("finding", "old", "open", "gone"),
        Change("package", "gone", "1", ""),
        Change("package", "libc6", "1", "2"),
        Change("package", "more", "", "1"),
        Change("time", "lint", "10.0 s", "30.0 s"),
        Change("figure", "lint: rules", "3", "4"),
    ]


def test_packages_are_not_all_new_where_the_other_run_told_none() -> None:
    assert not [each for each in difference.changes(replace(facts(), packages={}), facts()) if each.kind == "package"]


def test_small_differences_of_time_are_no_news() -> None:
    assert not difference.notable(10.0, 12.9)
    assert not difference.notable(100.0, 110.0)
    assert difference.notable(10.0, 20.0)


def test_what_is_kept_is_read_back() -> None:
    assert difference.stored(json.loads(json.dumps(difference.kept(facts())))) == facts()


@given(st.dictionaries(st.sampled_from(["seconds", "verdicts", "times", "packages", "figures", "findings", "tag"]), samples.ODD))
def test_whatever_lies_there_is_read_as_far_as_it_goes(odd: dict[str, object]) -> None:
    found = difference.stored(odd | {"began": 1})
    assert found is not None
    assert difference.changes(found, facts())
    assert difference.stored(odd) is None
