"""What is tried on purpose counts only when it failed and was heard, this time and not an earlier one."""

import pytest

from pipeline.offline import inside, world
from pipeline.offline.ears import Ears

_ALL = [f"tcp {world.SOMEBODY}:443", f"tcp [{world.SOMEBODY6}]:443", f"udp {world.OTHER_SERVER}:53"]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Ears:
    """A world in which every attempt fails and is heard."""
    ears = Ears()
    monkeypatch.setattr(inside, "_HEARD_SECONDS", 0.01)

    def fails(address: str) -> bool:
        ears.left.append(_ALL[1] if ":" in address else _ALL[0])
        return False

    def is_unknown() -> bool:
        ears.asked.append(f"{world.NOBODY} (by 127.0.0.1)")
        return False

    def is_sent() -> bool:
        ears.left.append(_ALL[2])
        return True

    monkeypatch.setattr(inside, "_reached", fails)
    monkeypatch.setattr(inside, "_resolved", is_unknown)
    monkeypatch.setattr(inside, "_sent", is_sent)
    return ears


def test_every_attempt_that_fails_and_is_heard_is_a_control(heard: Ears) -> None:
    assert list(inside.tried(heard, "before").values()) == [True] * 4
    assert list(inside.tried(heard, "after").values()) == [True] * 4


def test_what_was_heard_before_does_not_count_again(heard: Ears, monkeypatch: pytest.MonkeyPatch) -> None:
    inside.tried(heard, "before")
    monkeypatch.setattr(inside, "_reached", lambda _: False)
    monkeypatch.setattr(inside, "_resolved", lambda: False)
    monkeypatch.setattr(inside, "_sent", lambda: True)
    assert list(inside.tried(heard, "after").values()) == [False] * 4


def test_an_attempt_that_gets_out_is_no_control_although_it_is_heard(heard: Ears, monkeypatch: pytest.MonkeyPatch) -> None:
    fails, unknown = inside._reached, inside._resolved
    monkeypatch.setattr(inside, "_reached", lambda address: not fails(address))
    monkeypatch.setattr(inside, "_resolved", lambda: not unknown())
    assert list(inside.tried(heard, "before").values()) == [False, False, False, True]


def test_what_is_newly_heard_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    ears = Ears(["known.example (by 127.0.0.1)"])
    tell = inside._teller(ears)
    ears.left += ["udp 203.0.113.53:53"] * 2
    tell()
    tell()
    assert capsys.readouterr().out == f"{inside.HEARD}udp 203.0.113.53:53\n"
