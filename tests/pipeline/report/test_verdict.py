"""The verdict is the worst that is true, with its cause and what to type next."""

from dataclasses import replace

from pipeline.report import verdict
from pipeline.report.verdict import Verdict
from tests.pipeline.report import samples
from tests.pipeline.report.samples import GRAPH, record

UNVERIFIED = "1 thing could not be verified, see below"


def judged(*records: object, **more: object) -> Verdict:
    return verdict.judge(samples.evidence(records=tuple(records), **more), GRAPH)


def test_a_whole_run_that_passed_is_released() -> None:
    assert judged(*samples.records()) == Verdict("ok", "Released: all 3 stages passed", notes=(UNVERIFIED,))


def test_a_failed_stage_decides_and_names_the_fix() -> None:
    lint, build, _ = samples.records()
    failed = replace(build, verdict="failed", error="build: a -> b is no image -> nox -s build")
    assert judged(lint, failed) == Verdict(
        "bad", "Not released: build failed", "a -> b is no image", "nox -s build",
        ("1 stages were not reached: rollout-proof", UNVERIFIED),
    )  # fmt: skip


def test_a_gate_that_found_something_names_the_first_finding_and_its_fix() -> None:
    lint = replace(samples.records()[0], verdict="failed", error="lint: 1 findings, 0 errors -> correct the lines above, each says how")
    found = verdict.judge(samples.evidence(records=(lint,), documents=samples.documents("that")), GRAPH)
    assert (found.cause, found.fix) == ("1 findings, 0 errors: that.py:3: that", "that")


def test_an_interrupted_run_says_so_and_a_record_without_words_has_a_fix() -> None:
    lint, build, proof = samples.records()
    both = judged(replace(lint, verdict="interrupted", error=""), replace(build, verdict="interrupted"), proof)
    assert (both.level, both.sentence, both.fix) == ("bad", "Not released: lint and 1 more was interrupted", "nox -s lint")


def test_a_missing_stage_makes_it_incomplete() -> None:
    lint, *_ = samples.records()
    found = judged(lint)
    assert (found.level, found.sentence) == ("unknown", "Incomplete: 2 of 3 stages left no record")
    assert (found.cause, found.fix) == ("not run: build, rollout-proof", "./run")


def test_a_tree_with_changes_is_no_release() -> None:
    found = judged(*samples.records(), tag=f"{samples.TAG}-dirty")
    assert (found.level, found.fix) == ("warn", "git commit, then ./run")


def test_a_failed_proof_on_request_is_told_beside_the_release() -> None:
    found = judged(*samples.records(), record("prove", 2000.0, 5.0, "failed", error="prove: 1 survived -> close the hole"))
    assert (found.level, found.cause, found.fix) == ("warn", "1 survived", "close the hole")
    assert "prove failed" in found.sentence


def test_damaged_evidence_is_not_verified() -> None:
    found = samples.evidence(problems=("x.json is not readable -> run its stage again",))
    assert verdict.unverified(found) == [("lint", "no network"), ("evidence", "x.json is not readable -> run its stage again")]
