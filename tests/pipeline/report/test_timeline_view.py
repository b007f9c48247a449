"""What `rollout-proof` counts is drawn by release, failures at the bottom; what is no timeline is nothing."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.load import timeline
from pipeline.load.generator import Answer
from pipeline.load.timeline import Event
from pipeline.page.chart import Mark
from pipeline.report import timeline_view
from tests.pipeline.page.test_markup import Reader
from tests.pipeline.report.samples import EVIL, ODD

NOW, NEXT = "a" * 40, "b" * 40


def counted(name: str = "rollback") -> dict[str, object]:
    answers = [
        Answer(100.0 + index / 10, 0.01, 200, "", right=True, commit=commit, instance="x")
        for index, commit in enumerate([NOW] * 10 + [NEXT] * 5)
    ]
    return timeline.counted(answers, [Event(name, 100.5, 101.0)], {NOW: "this release", NEXT: name})


def test_counts_become_rates_by_release() -> None:
    shown = timeline_view.data(counted())
    assert shown is not None
    assert shown.times == (100.0, 100.5, 101.0)
    assert [(each.name, each.values) for each in shown.series] == [
        ("no good answer", (0.0, 0.0, 0.0)),
        ("this release (aaaaaaaaaaaa)", (10.0, 10.0, 0.0)),
        ("rollback (bbbbbbbbbbbb)", (0.0, 0.0, 10.0)),
    ]
    assert shown.marks == (Mark(100.5, "rollback"),)


def test_a_hostile_name_is_text() -> None:
    drawn = timeline_view.draw(counted(EVIL))
    assert drawn is not None
    assert not [name for name, _ in Reader(drawn).tags if name in {"script", "img"}]


@given(st.fixed_dictionaries({}, optional={"start": ODD, "step": ODD, "layers": ODD, "events": ODD}) | ODD)
def test_whatever_lies_there_is_drawn_or_left_out(odd: object) -> None:
    drawn = timeline_view.draw(odd)
    assert drawn is None or drawn.startswith("<figure")
