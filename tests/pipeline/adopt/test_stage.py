"""Judging an adoption; making one is the stage's own proof."""

from dataclasses import replace

import pytest

from pipeline.adopt import stage
from pipeline.adopt.stage import Step
from pipeline.evidence import Record

STEPS = [Step("uv lock", 4.0), Step("git commit", 1.0), Step("./run", 700.0)]
GREEN = [Record(name, "a" * 40, "passed", 1.0, 2.0) for name in ("lint", "deploy", "summary")]
RED = replace(GREEN[1], verdict="failed", error="deploy: hash-trial: answers 500")


def test_a_run_that_is_green_throughout_has_no_fault() -> None:
    assert stage.judge(STEPS, GREEN, 0) == []
    assert stage.adopting(STEPS) == 5.0


@pytest.mark.parametrize(
    ("steps", "records", "code", "faults"),
    [
        (STEPS, [GREEN[0], RED, GREEN[2]], 1, ["deploy is failed with another service: deploy: hash-trial: answers 500"]),
        (STEPS, GREEN[:2], 1, ["the run ended before its summary"]),
        (STEPS, [], 0, ["the run ended before its summary"]),
        (STEPS, GREEN, 1, ["./run ended with 1 although every stage passed"]),
        ([Step("uv lock", 600.1)], GREEN, 0, ["the commands of docs/adopt.md took 600 s, promised are 600"]),
    ],
)
def test_each_way_to_fail_is_told(steps: list[Step], records: list[Record], code: int, faults: list[str]) -> None:
    assert stage.judge(steps, records, code) == faults


def test_the_copy_gets_the_environment_of_a_person() -> None:
    ours = {"PATH": "/bin", "HOME": "/root", "PORTCULLIS_PORT": "1", "NOX_PARALLEL": "4", "PYTHONPATH": "/x", "VIRTUAL_ENV": "/y"}
    assert stage.environment(ours) == {"PATH": "/bin", "HOME": "/root"}


def test_the_table_has_every_step_and_stage() -> None:
    assert stage.table(STEPS, GREEN).row_count == 6
