"""A test case for each stage, well-formed whatever a stage said."""

from dataclasses import replace
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evidence import Record
from pipeline.report import junit
from tests.pipeline.report import samples


def read(records: list[Record]) -> Element:
    return ElementTree.fromstring(junit.write(samples.report(samples.evidence(records=tuple(records)))))


def test_a_stage_that_passed_failed_or_was_not_reached_is_a_case() -> None:
    lint, build, _ = samples.records()
    suite = read([lint, replace(build, verdict="failed", error="build: no -> yes")])[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "skipped")} == {"tests": "3", "failures": "1", "skipped": "1"}
    assert [(case.get("name"), case.get("time"), [inside.tag for inside in case]) for case in suite] == [
        ("lint", "4.00", ["system-out"]), ("build", "10.00", ["failure"]), ("rollout-proof", "0.00", ["skipped"]),
    ]  # fmt: skip
    assert suite[1][0].get("message") == "build: no -> yes"


@given(st.text())
def test_any_words_are_well_formed(words: str) -> None:
    lint, *_ = samples.records()
    assert read([replace(lint, verdict="failed", error=words)])[0][0].get("name") == "lint"
    assert read([replace(lint, summary=words)])[0][0].get("name") == "lint"
