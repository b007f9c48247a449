"""What is done about a cluster, whatever is found."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cluster import lifecycle
from pipeline.cluster.lifecycle import Mark, Seen
from pipeline.cluster.spec import Spec

WANTED = Spec((), "machine", "settings")
MARK = Mark("c1", "machine", "settings")
GOOD = Seen("c1", running=True, mark=MARK, healthy=True, declared=True)
NOTHING = Seen("", running=False, mark=None, healthy=False, declared=False)


@pytest.mark.parametrize(
    ("seen", "action", "why"),
    [
        (GOOD, "keep", "it runs as declared"),
        (NOTHING, "create", "there is none"),
        (replace(NOTHING, mark=MARK), "create", "there is none"),
        (replace(GOOD, mark=None), "replace", "the one there was never completed"),
        (replace(GOOD, container="c2"), "replace", "the one there was never completed"),
        (replace(GOOD, mark=replace(MARK, machine="other")), "replace", "the one there is another machine"),
        (replace(GOOD, mark=replace(MARK, settings="other")), "reconfigure", "its settings have changed"),
        (replace(GOOD, mark=replace(MARK, settings="other"), running=False), "reconfigure", "its settings have changed"),
        (replace(GOOD, running=False, healthy=False, declared=False), "resume", "it is stopped"),
        (replace(GOOD, healthy=False), "resume", "it does not answer"),
        (replace(GOOD, declared=False), "reconfigure", "its programs run with other flags than declared"),
    ],
)
def test_each_state_has_its_remedy(seen: Seen, action: str, why: str) -> None:
    assert lifecycle.decide(seen, WANTED) == (action, why)


marks = st.none() | st.builds(
    Mark, st.sampled_from(["c1", "c2"]), st.sampled_from(["machine", "other"]), st.sampled_from(["settings", "other"])
)
states = st.builds(Seen, st.sampled_from(["", "c1"]), st.booleans(), marks, st.booleans(), st.booleans())


@given(states)
def test_only_a_complete_healthy_cluster_of_these_very_settings_is_kept(seen: Seen) -> None:
    action, _ = lifecycle.decide(seen, WANTED)
    assert (action == "keep") == (seen.container != "" and seen.running and seen.healthy and seen.declared and seen.mark == MARK)


@given(states)
def test_nothing_but_another_machine_or_half_a_one_is_thrown_away(seen: Seen) -> None:
    action, _ = lifecycle.decide(seen, WANTED)
    whole = seen.mark is not None and seen.mark.container == seen.container and seen.mark.machine == "machine"
    assert (action == "replace") == (seen.container != "" and not whole)
