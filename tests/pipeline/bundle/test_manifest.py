"""The manifest follows from the records: what failed, what is missing, what was never asked for."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.bundle import manifest
from pipeline.errors import IntegrityError
from pipeline.evidence import Record
from pipeline.report import graph
from pipeline.workspace import ROOT
from tests import signing
from tests.signing import IMAGE_ID, MANIFEST_DIGEST, SHA


def record(stage: str, verdict: str = "passed", tag: str = SHA) -> dict[str, bytes]:
    made = Record(stage, tag, verdict, 1.0, 1.0)  # type: ignore[arg-type]
    return {f"evidence/{stage}.json": json.dumps(asdict(made)).encode()}


def test_what_is_required_is_what_a_whole_run_does() -> None:
    declared = graph.read((ROOT / "noxfile.py").read_text())
    run = declared.needed("summary")
    assert run - {"summary"} == set(manifest.REQUIRED)
    assert set(manifest.ON_REQUEST) <= set(declared.nodes) - run


def test_a_whole_run_is_green_and_says_what_was_not_asked_for() -> None:
    told = manifest.draw(SHA, signing.evidence(), signing.known())
    assert (told.verdict, told.dirty, told.missing, told.failed, told.not_run) == ("green", False, (), (), manifest.ON_REQUEST)
    assert told.image == {"image_id": IMAGE_ID, "manifest": MANIFEST_DIGEST}
    assert manifest.read(told.text()) == told


def test_nothing_that_ran_is_all_missing() -> None:
    told = manifest.draw(SHA, {"evidence/deps.report.json": b"{}", "evidence/plan.json": b"[]", "evidence/x.json": b"no"}, signing.known())
    assert (told.verdict, told.missing, told.image) == ("incomplete", manifest.REQUIRED, {})


def test_a_tree_with_changes_is_never_green() -> None:
    tag = f"{SHA}-dirty"
    files = {name: each for stage in manifest.REQUIRED for name, each in record(stage, tag=tag).items()}
    told = manifest.draw(tag, files, signing.known())
    assert (told.verdict, told.dirty, told.commit, told.missing) == ("incomplete", True, SHA, ())


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*manifest.REQUIRED, *manifest.ON_REQUEST]), st.sampled_from(["passed", "failed", "interrupted"])))
def test_one_that_failed_makes_it_red_and_one_that_lacks_incomplete(verdicts: dict[str, str]) -> None:
    files = {name: each for stage, verdict in verdicts.items() for name, each in record(stage, verdict).items()}
    told = manifest.draw(SHA, files, signing.known())
    failed = sorted(stage for stage, verdict in verdicts.items() if verdict != "passed")
    missing = [stage for stage in manifest.REQUIRED if stage not in verdicts]
    assert (told.failed, told.missing, told.stages) == (tuple(failed), tuple(missing), verdicts)
    assert told.verdict == ("red" if failed else "incomplete" if missing else "green")


def test_records_of_two_commits_and_a_record_under_another_name_are_refused() -> None:
    with pytest.raises(IntegrityError, match="records of several commits"):
        manifest.records(record("lint") | record("sast", tag="b" * 40))
    with pytest.raises(IntegrityError, match=r"evidence/sast\.json is the record of lint"):
        manifest.records({"evidence/sast.json": record("lint")["evidence/lint.json"]})


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"format": 2}', b'{"format": 1}', b'{"format": 1, "format": 1}', b"null"])
def test_what_is_no_manifest_is_refused(text: bytes) -> None:
    with pytest.raises(IntegrityError):
        manifest.read(text)
