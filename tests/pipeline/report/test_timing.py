"""Runs are told apart, reuse is seen, and the critical path goes from the first stage to the last without a hole."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.evidence import Record
from pipeline.report import timing
from tests.pipeline.report import samples
from tests.pipeline.report.samples import GRAPH, record

STAGES = st.lists(
    st.builds(
        record,
        st.sampled_from(GRAPH.whole),
        st.floats(0, 1e6),
        st.floats(0, 1e3),
        st.sampled_from(["passed", "failed", "interrupted"]),
        began=st.sampled_from([0.0, 1000.0, 2000.0]),
    ),
    unique_by=lambda each: each.stage,
)


def test_a_run_is_drawn_from_its_command_to_its_last_end() -> None:
    drawn = timing.of(samples.records(), GRAPH)
    assert (drawn.began, drawn.seconds, drawn.critical) == (1000.0, 36.0, ("lint", "build", "rollout-proof"))
    assert [(bar.begin, bar.end, bar.reused, bar.critical) for bar in drawn.bars] == [
        (1.0, 5.0, "judged before", True), (5.5, 15.5, "", True), (16.0, 36.0, "", True),
    ]  # fmt: skip
    assert drawn.waits == (("lint", "build"), ("build", "rollout-proof"))


def test_the_critical_path_goes_over_a_stage_that_was_only_waited_for() -> None:
    lint, build, proof = samples.records()
    # Nothing requires lint here but build, which ended long before the last stage began: the machine was lint's.
    slow = [replace(build, started=1000.0, seconds=1.0), replace(lint, started=1001.0, seconds=20.0), replace(proof, started=1021.5)]
    assert timing.of(slow, GRAPH).critical == ("build", "lint", "rollout-proof")


@given(STAGES)
def test_any_records_have_a_path_in_time(found: list[Record]) -> None:
    drawn = timing.of(found, GRAPH)
    assert set(drawn.critical) <= {bar.record.stage for bar in drawn.bars}
    starts = [bar.begin for name in drawn.critical for bar in drawn.bars if bar.record.stage == name]
    assert starts == sorted(starts)
    assert bool(drawn.bars) == bool(found)
    assert sum(len(run) for run in timing.runs(found)) == len(found)


def test_records_that_do_not_tell_their_run_are_parted_by_silence() -> None:
    def old(stage: str, started: float) -> Record:
        return record(stage, started, 10.0, began=0.0)

    assert timing.newest([old("lint", 100), old("build", 500), old("rollout-proof", 520)]) == [old("build", 500), old("rollout-proof", 520)]
    # One stage alone, asked for later, is no run; one that failed is what happened last.
    assert timing.newest([old("build", 500), old("rollout-proof", 520), old("lint", 9000)])[0].stage == "build"
    failed = replace(old("lint", 9000), verdict="failed")
    assert timing.newest([old("build", 500), old("rollout-proof", 520), failed]) == [failed]


def test_what_was_reused_is_told_in_words() -> None:
    def told(**figures: object) -> str:
        return timing.reused(record("lint", 100.0, 1.0, figures=figures))

    assert told(proven=50.0, proven_for="f" * 40) == "proven for ffffffffffff"
    assert told(proven=50.0, proven_for=samples.TAG) == "proven before"
    assert told(proven=101.0) == told() == told(proven="x") == ""
    assert told(action="keep") == "kept as it was"
    assert told(tools=3, reused=2) == "2 of 3 tools judged before"
