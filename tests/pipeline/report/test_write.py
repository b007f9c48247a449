"""All forms are written beside the evidence, and the run before is found: of another commit, or of this one."""

import json
from dataclasses import replace
from pathlib import Path

from pipeline.report import difference, write
from pipeline.workspace import Workspace, locate
from tests.pipeline.report import samples
from tests.pipeline.report.samples import TAG


def place(root: Path) -> Workspace:
    (root / "noxfile.py").write_text(samples.NOXFILE)
    return replace(locate(), root=root)


def test_four_forms_are_written_also_for_evidence_that_is_damaged(tmp_path: Path) -> None:
    folder = samples.put(tmp_path / "evidence", samples.evidence())
    (folder / "lint.sarif").write_text('{"runs": [')
    (folder / "sast.sarif").write_text('{"runs": []}')
    (folder / "build.json").write_text("{")
    page = write.write(place(tmp_path), TAG)
    assert page == folder / "report.html"
    assert "build.json is not readable" in page.read_text()
    assert [run["automationDetails"]["id"] for run in json.loads((folder / "report.sarif").read_text())["runs"]] == ["sast/"]
    assert "testcase" in (folder / "report.junit.xml").read_text()
    assert (folder / "report.md").read_text().startswith("# ")


def test_writing_twice_gives_the_same(tmp_path: Path) -> None:
    samples.put(tmp_path / "evidence", samples.evidence())
    here = place(tmp_path)
    first = write.write(here, TAG).read_text()
    assert write.write(here, TAG).read_text() == first


def test_a_commit_without_any_record_has_a_report(tmp_path: Path) -> None:
    assert "Incomplete" in write.write(place(tmp_path), TAG).read_text()


def test_the_run_before_is_another_commits_or_an_earlier_one_of_this(tmp_path: Path) -> None:
    here, folder = place(tmp_path), tmp_path / "evidence"
    earlier = [replace(each, started=each.started - 500, began=500.0, seconds=1.0) for each in samples.records()]
    samples.put(folder, samples.evidence(tag="f" * 40, records=tuple(earlier)))
    mine = samples.put(folder, samples.evidence())
    assert write.draw(here, mine).before is None
    kept = write.write(here, "f" * 40).parent / "report.facts.json"
    assert write.draw(here, mine).before == difference.stored(json.loads(kept.read_text()))
    write.write(here, TAG)
    again = [replace(each, started=each.started + 500, began=1500.0) for each in samples.records()]
    samples.put(folder, samples.evidence(records=tuple(again)))
    write.write(here, TAG)
    before = write.draw(here, mine).before
    assert before is not None
    assert (before.tag, before.began) == (TAG, 1000.0)
