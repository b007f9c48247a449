"""The kinds of checks: what each takes for met, and that nothing there at all never is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.harden import checks
from pipeline.harden.checks import Check
from pipeline.harden.facts import Facts, File, Proof
from tests.support import recorded_facts

NOTHING = Facts("n", {}, {}, {}, (), {}, {}, (), {}, {}, {})
SOME = replace(
    NOTHING,
    flags={"p": {"a": "1", "list": "x,y", "time": "60s"}},
    kubelet={"outer": {"inner": True}},
    files=(File("/d", "700", "root:root", folder=True), File("/d/a.key", "600", "root:root"), File("/d/a.crt", "644", "me:me")),
    proofs={"good": Proof(held=True, seen="yes"), "bad": Proof(held=False, seen="no")},
)


@pytest.mark.parametrize(
    ("check", "answer"),
    [
        (checks.flag("p", "a", "0", "1"), (True, "a=1")),
        (checks.flag("p", "b", "1"), (False, "b is not set")),
        (checks.flag_set("p", "a", "list"), (True, "set")),
        (checks.flag_set("p", "a", "b", "c"), (False, "b and c not set")),
        (checks.flag_absent("p", "b"), (True, "b is not set")),
        (checks.flag_absent("p", "a", "0"), (False, "a=1")),
        (checks.flag_absent("p", "a", "1"), (True, "a=1")),
        (checks.flag_lists("p", "list", "y"), (True, "y is in list")),
        (checks.flag_lists("p", "list", "z"), (False, "z is not in list")),
        (checks.flag_lacks("p", "list", "z"), (True, "list=x,y")),
        (checks.flag_lacks("p", "list", "x"), (False, "list=x,y")),
        (checks.flag_between("p", "time", 60, 60), (True, "time=60s")),
        (checks.flag_between("p", "time", 61, 90), (False, "time=60s")),
        (checks.flag_between("p", "list", 0, 90), (False, "list=x,y")),
        (checks.kubelet("outer.inner", checks.ON), (True, "outer.inner=True")),
        (checks.kubelet("outer.inner.more", None), (True, "outer.inner.more is not set")),
        (checks.mode("/d", 0o600, ending=".key"), (True, "1 of 1: 600")),
        (checks.mode("/d", 0o600), (False, "/d/a.crt is 644")),
        (checks.mode("/d", 0o700, folders=True), (True, "1 of 1: 700")),
        (checks.owner("/d"), (False, "/d/a.crt is me:me")),
        (checks.nowhere("/e"), (True, "there is none")),
        (checks.nowhere("/d/a.key"), (False, "/d/a.key")),
        (checks.proven("good"), (True, "yes")),
        (checks.proven("bad"), (False, "no")),
        (checks.every(checks.proven("good"), checks.proven("bad")), (False, "no")),
        (checks.none("thing", lambda _: []), (True, "no thing")),
        (checks.none("thing", lambda _: list("abcdef")), (False, "a; b; c; d and 2 more")),
    ],
)
def test_each_kind_says_whether_and_what_it_saw(check: Check, answer: tuple[bool, str]) -> None:
    assert check(SOME) == answer


@pytest.mark.parametrize(
    "check",
    [
        checks.flag("p", "a", "1"),
        checks.flag_set("p", "a"),
        checks.flag_absent("p", "a"),
        checks.flag_lists("p", "list", "x"),
        checks.flag_lacks("p", "list", "z"),
        checks.flag_between("p", "time", 0, 99),
        checks.kubelet("a", None),
        checks.mode("/d", 0o777),
        checks.owner("/d"),
        checks.proven("good"),
    ],
)
def test_nothing_to_look_at_is_never_met(check: Check) -> None:
    assert check(NOTHING)[0] is False


@given(st.integers(0, 0o777), st.integers(0, 0o777))
def test_a_mode_is_met_when_it_grants_no_bit_beyond_the_limit(mode: int, limit: int) -> None:
    facts = replace(NOTHING, files=(File("/f", f"{mode:o}", "root:root"),))
    assert checks.mode("/f", limit)(facts)[0] == all(not mode & bit or limit & bit for bit in (1 << n for n in range(9)))


def test_containers_of_every_kind_are_looked_at() -> None:
    spec = {"containers": [{"name": "a"}], "initContainers": [{"name": "b"}], "ephemeralContainers": [{"name": "c"}]}
    facts = replace(recorded_facts(), objects={"Pod": [{"metadata": {"namespace": "n", "name": "p"}, "spec": spec}]})
    (pod,) = facts.pods()
    assert sorted(container["name"] for container in pod.containers) == ["a", "b", "c"]
