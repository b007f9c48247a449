"""A kill hits exactly the container that is meant, and what cannot be told apart is not killed."""

import json
from dataclasses import dataclass, field

import pytest

from pipeline import engine, kubectl, workspace
from pipeline.errors import CommandError
from pipeline.load import changes
from pipeline.workspace import Workspace

PLACE = workspace.locate()


@dataclass
class Node:
    """A node whose runtime knows some containers; it remembers what it was told to do."""

    containers: str
    told: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, _place: Workspace, *words: str) -> "Node":
        """Stand in for the programs on the node."""
        self.told.append(words)
        return self

    @property
    def stdout(self) -> str:
        """What the last of them printed."""
        return self.containers if self.told[-1][1] == "ps" else json.dumps({"info": {"pid": 4711}})


def test_the_program_of_the_pod_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node("abc\n")
    monkeypatch.setattr(engine, "in_node", node.run)
    changes.kill(PLACE, "hash-1")
    assert node.told[0] == ("crictl", "ps", "--quiet", "--label", "io.kubernetes.pod.name=hash-1")
    assert node.told[-1] == ("kill", "-KILL", "4711")


@pytest.mark.parametrize("containers", ["", "abc\ndef\n"])
def test_nothing_is_killed_when_it_is_not_clear_what(monkeypatch: pytest.MonkeyPatch, containers: str) -> None:
    node = Node(containers)
    monkeypatch.setattr(engine, "in_node", node.run)
    with pytest.raises(CommandError, match="containers of pod hash-1"):
        changes.kill(PLACE, "hash-1")
    assert len(node.told) == 1


def test_restarts_are_counted_over_all_pods_that_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    def pod(restarts: int, **metadata: str) -> dict[str, object]:
        return {"metadata": {"name": "hash"} | metadata, "status": {"containerStatuses": [{"restartCount": restarts}]}}

    pods = [pod(1), pod(2), pod(5, deletionTimestamp="now"), {"metadata": {"name": "new"}, "status": {}}]
    monkeypatch.setattr(kubectl, "get", lambda *_: pods)
    assert changes.restarts(PLACE) == 3
    assert changes.living(PLACE) == ["hash", "hash", "new"]
