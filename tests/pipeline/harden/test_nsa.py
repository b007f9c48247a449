"""The NSA/CISA guide: whatever it refers to exists, and it is no better than its controls."""

import nox.registry
import pytest

import noxfile
from pipeline import rules
from pipeline.harden import nsa
from pipeline.harden.cis import CONTROLS
from pipeline.harden.judge import Result
from pipeline.harden.nsa import ADVICE, Advice
from pipeline.workspace import ROOT

RULES = set(rules.load(ROOT).rules)


@pytest.mark.parametrize("advice", ADVICE, ids=lambda advice: advice.id)
def test_everything_that_is_referred_to_exists(advice: Advice) -> None:
    known = {f"CIS {control.id}" for control in CONTROLS} | {control.id for control in CONTROLS if control.id.startswith("P.")}
    known |= {f"rule {name}" for name in RULES} | {f"stage {name}" for name in vars(noxfile) if name in nox.registry.get()}
    assert [reference for reference in advice.references if reference not in known] == []
    assert advice.references


def test_numbers_are_unique() -> None:
    assert len({advice.id for advice in ADVICE}) == len(ADVICE)


A, B = Result("1.1.1", "a", "PASS", ""), Result("1.1.2", "b", "WARN", "")


@pytest.mark.parametrize(
    ("references", "verdict", "note"),
    [
        (("CIS 1.1.1", "rule x"), "PASS", ""),
        (("CIS 1.1.1", "CIS 1.1.2"), "WARN", "see 1.1.2"),
        (("CIS 1.1.1", "CIS 1.1.2", "P.9"), "FAIL", "see P.9"),
        (("rule x", "stage y"), "PASS", ""),
    ],
)
def test_a_recommendation_is_as_good_as_the_worst_of_its_controls(references: tuple[str, ...], verdict: str, note: str) -> None:
    (found,) = nsa.judge([A, B], [Advice("x-1", "t", references)])
    assert (found.verdict, found.note) == (verdict, note)
