"""Work beside a block is told when the block ends, and its failure is not lost."""

import threading

import pytest

from pipeline.load import background


def test_the_work_goes_on_until_the_block_ends() -> None:
    seen: list[str] = []

    def work(done: threading.Event) -> None:
        seen.append("began" if not done.is_set() else "late")
        done.wait(10)
        seen.append("ended")

    with background.running(work):
        assert seen in ([], ["began"])
    assert seen in (["began", "ended"], ["late", "ended"])


def test_a_failure_reaches_whoever_waited() -> None:
    def work(done: threading.Event) -> None:
        done.wait(10)
        raise OSError("it broke")

    with pytest.raises(OSError, match="it broke"), background.running(work):
        pass


def test_the_blocks_own_failure_comes_first() -> None:
    def work(done: threading.Event) -> None:
        done.wait(10)
        raise OSError("it broke")

    with pytest.raises(ValueError, match="the block"), background.running(work):
        raise ValueError("the block")
