"""The words of the stages `drift` and `drift-proof`; what they find is proven on a real cluster."""

import pytest

from pipeline.drift import proof, stage


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("+ NetworkPolicy default-deny", "NetworkPolicy default-deny: is missing"),
        ("~ Deployment hash", "Deployment hash: is not as Terraform left it"),
        ("- Service other", "Service other: is not part of the release"),
        ("-/+ Service hash", "Service hash: has to be made anew"),
    ],
)
def test_a_step_of_the_plan_is_told_as_what_it_would_repair(step: str, line: str) -> None:
    assert stage.phrase(step) == line


def test_a_change_counts_as_named_by_its_own_line_alone() -> None:
    lines = ["Secret stranger: belongs to no release", "Deployment hash: metadata.labels.team is 'nobody', wanted nothing"]
    rows = proof.seen(proof.CHANGES, lines)
    assert {what for what, line in rows.items() if line} == {"a Secret", "a label more"}
    assert len(rows) == len(proof.CHANGES)


def test_no_line_names_two_changes() -> None:
    beginnings = [change.named for change in proof.CHANGES]
    assert not [(a, b) for a in beginnings for b in beginnings if a != b and a.startswith(b)]
    assert len(set(beginnings)) == len(beginnings)
