from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline import evidence
from pipeline.evidence import Record

RECORDS = st.builds(
    Record,
    stage=st.sampled_from(["lint", "build", "deploy"]),
    tag=st.text(max_size=45),
    verdict=st.sampled_from(["passed", "failed", "interrupted"]),
    started=st.floats(0, 2e9),
    seconds=st.floats(0, 1e4),
    summary=st.text(),
    error=st.text(),
    figures=st.dictionaries(st.text(), st.integers()),
)


@given(record=RECORDS)
def test_what_is_written_is_read_back(tmp_path_factory: object, record: Record) -> None:
    folder = tmp_path_factory.mktemp("evidence")  # type: ignore[attr-defined]
    evidence.write(folder, record)
    assert evidence.read(folder) == [record]


def test_a_stage_keeps_its_newest_record_only_and_order_is_by_start(tmp_path: Path) -> None:
    def record(stage: str, started: float) -> Record:
        return Record(stage, "tag", "passed", started, 1.0)

    for each in (record("deploy", 3), record("build", 1), record("build", 2)):
        evidence.write(tmp_path, each)
    assert [(each.stage, each.started) for each in evidence.read(tmp_path)] == [("build", 2), ("deploy", 3)]


def test_foreign_files_are_no_records(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"format_version": "1.2"}')
    (tmp_path / "half.json").write_text('{"stage": ')
    assert evidence.read(tmp_path) == []


def test_only_a_stage_that_passed_is_found(tmp_path: Path) -> None:
    passed = Record("build", "tag", "passed", 1, 1.0, figures={"image_id": "x"})
    evidence.write(tmp_path, passed)
    evidence.write(tmp_path, Record("integrate", "tag", "failed", 2, 1.0))
    assert evidence.passed(tmp_path, "build") == passed
    assert evidence.passed(tmp_path, "integrate") is None
    assert evidence.passed(tmp_path, "deploy") is None
