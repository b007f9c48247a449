"""Evidence of any version is read; what is damaged is told and leaves the rest alone."""

import json
from pathlib import Path

import pytest

from pipeline.report import files
from tests.pipeline.report import samples
from tests.pipeline.report.samples import TAG


def test_what_stages_left_is_read_back(tmp_path: Path) -> None:
    found = samples.evidence(pictures={"rollout-proof.svg": "<svg/>"})
    assert samples.read_back(tmp_path, found) == found


def test_a_truncated_file_is_one_line_and_the_rest_is_there(tmp_path: Path) -> None:
    folder = samples.put(tmp_path, samples.evidence())
    (folder / "build.json").write_text((folder / "build.json").read_text()[:40])
    (folder / "deep.json").write_text("[" * 100_000)
    found = files.read(folder)
    assert [each.stage for each in found.records] == ["lint", "rollout-proof"]
    assert [each.partition(" ")[0] for each in found.problems] == ["build.json", "deep.json"]
    assert all("\n" not in each and each.endswith("-> run its stage again") for each in found.problems)


def test_what_was_judged_elsewhere_is_nothing_that_the_commit_has_to_answer_for(tmp_path: Path) -> None:
    elsewhere = tuple(samples.record(stage, 1100.0, 1.0, "failed") for stage in ("gates", "verify"))
    mine = samples.evidence()
    assert samples.read_back(tmp_path, samples.evidence(records=(*mine.records, *elsewhere))) == mine


def test_a_record_of_an_older_or_newer_version_is_a_record() -> None:
    old = {"stage": "lint", "verdict": "passed", "started": 5, "seconds": 1.5}
    read = files.record_of(old | {"invented": "later"})
    assert read is not None
    assert (read.stage, read.tag, read.began, read.figures, read.error) == ("lint", "", 0.0, {}, "")


@pytest.mark.parametrize(
    "odd",
    [
        None, [], "x", {}, {"stage": "lint"},
        {"stage": "x", "verdict": "splendid", "started": 1, "seconds": 1},
        {"stage": "x", "verdict": "passed", "started": "1", "seconds": 1},
        {"stage": "x", "verdict": "passed", "started": float("nan"), "seconds": 1},
        {"stage": "x", "verdict": "passed", "started": 1e300, "seconds": 1},
        {"stage": "x", "verdict": ["passed"], "started": 1, "seconds": 1},
    ],
)  # fmt: skip
def test_what_is_no_record_is_none(odd: object) -> None:
    assert files.record_of(odd) is None


def test_large_documents_and_the_reports_own_are_passed_by(tmp_path: Path) -> None:
    folder = samples.put(tmp_path, samples.evidence(documents={}))
    for name in ("sbom-toolchain.cdx.json", "plan.json", "report.facts.json"):
        (folder / name).write_text(json.dumps({"x": 1}))
    (folder / "huge.svg").write_text("x" * (files._MOST_PICTURE_BYTES + 1))
    found = files.read(folder)
    assert (found.tag, dict(found.documents), dict(found.pictures)) == (TAG, {}, {})
