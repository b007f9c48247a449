"""The Markdown says what the page says, and nothing in it can break a table or become a tag."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.report import difference, markdown
from tests.pipeline.report import samples


def test_the_verdict_and_every_part_are_there() -> None:
    told = markdown.write(samples.report(before=difference.Facts("a", 1.0, 1.0, {"lint": "failed"})))
    assert told.startswith("# \N{WHITE HEAVY CHECK MARK} Released: all 3 stages passed\n")
    for line in ("## Stages", "## 1 open findings", "## Proofs", "## Since the run before", "## Not verified", "- lint: no network"):
        assert f"{line}\n" in told
    assert "| verdict | lint | failed | passed |" in told


def test_a_red_run_names_cause_and_fix() -> None:
    failed = replace(samples.records()[0], verdict="failed", error="lint: 2 findings -> correct the lines")
    told = markdown.write(samples.report(samples.evidence(records=(failed,), documents={})))
    assert told.startswith("# \N{CROSS MARK} Not released: lint failed\n")
    assert "**2 findings**\n\nNext: `correct the lines`\n" in told


@given(st.text())
def test_a_name_stays_in_its_cell(name: str) -> None:
    told = markdown.write(samples.report(samples.evidence(documents=samples.documents(name or "x"))))
    rows = [line for line in told.splitlines() if line.startswith("| lint")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [5]
    outside = re.sub(r"`[^`]*`", "", told)
    assert not re.search(r"(?<!\\)<", outside)


def test_a_backtick_does_not_end_code() -> None:
    assert markdown.code("a`b|c\nd") == "a'b\N{BROKEN BAR}c d"
