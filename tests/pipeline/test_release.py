"""What is gone back to when a release fails; that it then runs is proven on a real cluster."""

from pathlib import Path
from typing import Any

import pytest

from pipeline import release, workspace
from pipeline.commit import Commit
from pipeline.errors import BusyError, FindingError, ReleaseError
from pipeline.look import Release
from pipeline.release import Kept
from pipeline.stage import Run
from pipeline.terraform import Module


def made(letter: str) -> Release:
    return Release(letter * 40, f"portcullis.local/hash:{letter * 40}", f"sha256:{letter * 64}")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(workspace.locate(environment={"HOME": str(tmp_path)}), Commit("c" * 40, 0))


@pytest.fixture
def brought(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Path, bool]]:
    """What is applied, from which module, and whether it is tried first. Release `c` fails, `f` is refused by a gate."""
    calls = []

    def apply(run: Run, wanted: Release, module: Module, _records: Path, *, gated: bool, tried: bool) -> tuple[str, ...]:
        calls.append((wanted.commit[0], module.folder, tried))
        run.figures["step"] = "trial"
        if wanted.commit[0] == "c":
            raise ReleaseError("it crashes", fix="none")
        if wanted.commit[0] == "f" and gated:
            raise FindingError("a gate refuses it", fix="none")
        return ("pod",)

    monkeypatch.setattr(release, "_apply_and_look", apply)
    monkeypatch.setattr(release, "_require_attested_pods", lambda *_: None)
    return calls


def bring(run: Run, wanted: str, *before: str) -> tuple[str, ...]:
    module = Module(run.workspace, Path("/new"))
    return release.bring(run, made(wanted), module, [Kept(made(each), Path(f"/{each}")) for each in before], gated=True)


def test_a_good_release_is_tried_and_stays(run: Run, brought: list[Any]) -> None:
    assert bring(run, "g", "a") == ("pod",)
    assert brought == [("g", Path("/new"), True)]
    assert "failed" not in run.figures


@pytest.mark.parametrize(("before", "back"), [(("a", "b"), "b"), (("b", "c"), "b")])
def test_a_bad_release_gives_way_to_the_newest_good_one_with_its_own_module(
    run: Run, brought: list[Any], before: tuple[str, ...], back: str
) -> None:
    with pytest.raises(ReleaseError, match=f"release cccccccccccc failed: it crashes; release {back * 12} runs again and answers"):
        bring(run, "c", *before)
    assert brought == [("c", Path("/new"), True), (back, Path(f"/{back}"), False)]
    assert {name: run.figures["failed"][name] for name in ("by", "reason")} == {"by": "trial", "reason": "it crashes"}
    assert 0 <= run.figures["failed"]["noticed"] <= run.figures["failed"]["whole"]


def test_a_refused_plan_has_changed_nothing_to_go_back_from(run: Run, brought: list[Any]) -> None:
    with pytest.raises(FindingError, match="a gate refuses it"):
        bring(run, "f", "a")
    assert brought == [("f", Path("/new"), True)]


def test_a_state_that_somebody_else_has_is_nothing_to_go_back_from(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def apply(_run: Run, wanted: Release, *_rest: object, **_named: object) -> tuple[str, ...]:
        calls.append(wanted.commit[0])
        raise BusyError("the state is locked", fix="wait")

    calls: list[str] = []
    monkeypatch.setattr(release, "_apply_and_look", apply)
    with pytest.raises(BusyError, match="the state is locked"):
        bring(run, "c", "a")
    assert calls == ["c"]


def test_without_an_earlier_release_everything_is_taken_away(run: Run, brought: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    gone = []
    monkeypatch.setattr(Module, "destroy", lambda _self, wanted: gone.append(wanted.commit[0]))
    with pytest.raises(ReleaseError, match="there was no earlier release, so nothing of it is left"):
        bring(run, "c")
    assert gone == ["c"]
    assert len(brought) == 1


@pytest.mark.parametrize("before", [("c",), ("a", "c"), ("c", "a")])
def test_a_good_release_that_was_not_touched_is_not_taken_away(run: Run, brought: list[Any], before: tuple[str, ...]) -> None:
    run.figures["plan"] = "no changes"
    with pytest.raises(ReleaseError, match="it crashes; it ran before and nothing of it was changed, so it stays"):
        bring(run, "c", *before)
    assert brought == [("c", Path("/new"), True)]


@pytest.mark.parametrize(("plan", "before"), [("1 to change", ("a", "c")), ("no changes", ("a",))])
def test_one_that_was_touched_or_never_ran_gives_way(run: Run, brought: list[Any], plan: str, before: tuple[str, ...]) -> None:
    run.figures["plan"] = plan
    with pytest.raises(ReleaseError, match="release aaaaaaaaaaaa runs again"):
        bring(run, "c", *before)
    assert brought[-1] == ("a", Path("/a"), False)


def test_a_failure_to_go_back_is_told_with_the_first_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_run: Run, wanted: Release, *_rest: object, **_named: object) -> tuple[str, ...]:
        raise ReleaseError(f"{wanted.commit[0]} fails", fix="none")

    monkeypatch.setattr(release, "_apply_and_look", fail)
    with pytest.raises(ReleaseError, match="c fails; going back failed too: a fails"):
        bring(run, "c", "a")
