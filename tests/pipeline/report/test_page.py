"""The page tells everything, whatever was left by whom; names on it are text, and it asks nobody for anything."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pentest import techniques
from pipeline.report import difference, page
from pipeline.report.files import Evidence
from tests.pipeline.page.test_markup import Reader
from tests.pipeline.report import samples
from tests.pipeline.report.samples import EVIL, ODD, TAG

FAILED = replace(samples.records()[1], verdict="failed", error="build: no room -> free some")


def drawn(**parts: object) -> str:
    return page.page(samples.report(samples.evidence(**parts)))


def test_every_part_is_there_and_the_verdict_comes_first() -> None:
    read = Reader(drawn())
    for title in page.TITLES:
        assert title in read.text
    assert read.text.index("Released: all 3 stages passed") < read.text.index("critical path")
    assert "no network" in read.text


def test_a_red_run_has_cause_fix_and_what_was_not_reached() -> None:
    text = Reader(drawn(records=(samples.records()[0], FAILED))).text
    assert "Not released: build failed" in text
    assert "no room" in text
    assert "Next: free some" in text
    assert "1 stages were not reached: rollout-proof" in text


def test_an_empty_folder_is_a_page_that_says_what_to_run() -> None:
    text = Reader(page.page(samples.report(Evidence(TAG)))).text
    assert "Incomplete: 3 of 3 stages left no record" in text
    assert text.count("nox -s ") > 5


@given(
    st.dictionaries(st.sampled_from(sorted(samples.documents())), ODD),
    st.dictionaries(st.sampled_from(["rollout-proof", "load", "monitor", "alerts-proof", "harden", "pentest", "build"]), ODD),
    st.sampled_from(["passed", "failed", "interrupted"]),
)
def test_whatever_stages_left_there_is_a_page(documents: dict[str, object], figures: dict[str, object], verdict: str) -> None:
    odd = [
        samples.record(name, 1001.0, 1.0, verdict, figures=value if isinstance(value, dict) else {"x": value})
        for name, value in figures.items()
    ]
    read = Reader(drawn(documents=documents, records=tuple(odd)))
    assert [name for name, _ in read.tags].count("h1") == 1
    for _, attributes in read.tags:
        told = [each for key, each in attributes if key in {"d", "x", "y", "width", "height", "x1", "y1"}]
        assert not [each for each in told if re.search("nan|inf", each or "")]


def test_a_hostile_name_is_text_everywhere() -> None:
    evil = [replace(each, summary=EVIL, error=EVIL, verdict="failed") for each in samples.records()]
    evil.append(samples.record("load", 2000.0, 1.0, figures={"steps": [{"subject": EVIL, "rate": 1, "found": {"p99": 3}}]}))
    found = samples.evidence(documents=samples.documents(EVIL), records=tuple(evil), problems=(EVIL,))
    report = samples.report(found, before=difference.Facts(EVIL, 1.0, 1.0, {"lint": EVIL}, packages={EVIL: EVIL}, findings=(EVIL,)))
    read = Reader(page.page(replace(report, about=replace(report.about, subject=EVIL))))
    names = [name for name, _ in read.tags]
    assert names.count("script") == 1
    assert not [name for name, attributes in read.tags if name == "img" or any(key.startswith("on") for key, _ in attributes)]
    assert read.text.count("alert(1)") > 10


def test_nothing_on_the_page_asks_the_network_and_it_is_small() -> None:
    whole = drawn(pictures={"rollout-proof.svg": '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'})
    assert not re.search(r'(?:src|href|action|data|srcset|poster)="(?!#|data:)', whole)
    assert "url(http" not in whole
    assert "@import" not in whole
    assert 'src="data:image/svg+xml;base64,' in whole
    assert len(whole.encode()) < 1_000_000


def test_many_findings_and_changes_keep_it_small() -> None:
    document = samples.documents("x" * 500)["lint.report.json"]
    many = document | {"findings": document["findings"] * 20_000}
    before = difference.Facts("a", 1.0, 1.0, findings=tuple(f"{number} {'x' * 150}" for number in range(5000)))
    report = samples.report(samples.evidence(documents={"lint.report.json": many}), before=before)
    assert len(page.page(report).encode()) < 1_000_000


@pytest.mark.parametrize("level", ["ok", "bad"])
def test_headings_are_in_order_and_every_place_is_there(level: str) -> None:
    read = Reader(drawn() if level == "ok" else drawn(records=(FAILED,)))
    read.require_landmarks()


def test_every_technique_that_is_known_has_one_place_on_the_map() -> None:
    placed = [name for names in techniques.TACTICS.values() for name in names]
    assert sorted(placed) == sorted(techniques.KNOWN)
