"""What must not get through: each wrong input is given for real, has to be refused in one line, and may not cost a user an answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline import console, kubectl
from pipeline.cloud import ingress, rollout
from pipeline.cloud.registry import Registry
from pipeline.cloud.rollout import Target
from pipeline.cloud.spec import Node
from pipeline.errors import FindingError, PipelineError
from pipeline.terraform import Module

_NOWHERE = "portcullis-nowhere"
_TAMPERED, _UNREACHED = "f" * 40, "e" * 40


@dataclass(frozen=True)
class Bench:
    """What the wrong inputs are tried on: the module, the good release that runs, the registry, and an image that is not the release."""

    used: Module
    good: Target
    registry: Registry
    nodes: Sequence[Node]
    archive: Path
    other: Path
    records: Path


@dataclass(frozen=True)
class Refusal:
    """A wrong input, the line that refused it, and the seconds until everything was as before."""

    title: str
    line: str
    seconds: float


@dataclass(frozen=True)
class Wrong:
    """A wrong input: what gives it and must raise, words that the line has to say, and what takes it away again."""

    title: str
    give: Callable[[Bench], object]
    words: tuple[str, ...]
    undo: Callable[[Bench], object] = lambda _: None
    cause: tuple[str, str] = ("", "")
    """A commit, and what the kubelet has to say about pulling its image: one line is refused for many reasons."""


def _context(bench: Bench) -> None:
    bench.used.plan_with(rollout.values(bench.used.place, bench.good, bench.used.kubeconfig, _NOWHERE), bench.records)


def _tag(bench: Bench) -> None:
    loose = replace(bench.good, reference=bench.good.reference.partition("@")[0])
    bench.used.plan_with(rollout.values(bench.used.place, loose, bench.used.kubeconfig), bench.records)


def _moved(bench: Bench) -> None:
    """Have another image under the release's tag: whoever asks for the tag gets that, whoever asks for the digest does not."""
    bench.registry.push(bench.other, bench.registry.repository, bench.good.commit)
    bench.registry.confirm(bench.registry.repository, bench.good.commit, bench.good.digest)


def _move_back(bench: Bench) -> None:
    if (digest := bench.registry.push(bench.archive, bench.registry.repository, bench.good.commit)) != bench.good.digest:
        raise FindingError(f"the same archive was pushed as {digest}, before as {bench.good.digest}", fix="read the stage's log")


def _tampered(bench: Bench) -> None:
    """Have the registry serve the good release's bytes under another image's digest: they would run, were they not the wrong ones."""
    digest = bench.registry.push(bench.other, bench.registry.repository, _TAMPERED)
    bench.registry.tamper(digest, bench.good.digest)
    rollout.bring(bench.used, rollout.target(bench.used.place, _TAMPERED, digest, bench.good.image_id), bench.records, gated=False)


def _down(bench: Bench) -> None:
    bench.registry.stop()
    rollout.bring(
        bench.used, rollout.target(bench.used.place, _UNREACHED, f"sha256:{'e' * 64}", bench.good.image_id), bench.records, gated=False
    )


def _back(bench: Bench) -> None:
    rollout.restore(bench.used, bench.good, bench.records)


def _up_and_back(bench: Bench) -> None:
    bench.registry.start()
    _back(bench)


ALL = (
    Wrong("a context that the kubeconfig does not have", _context, (_NOWHERE,)),
    Wrong("a tag without a digest", _tag, ("pinned by digest",)),
    Wrong("another image under the tag in the registry", _moved, ("pushed was",), _move_back),
    Wrong("other bytes under the digest in the registry", _tampered, ("ErrImagePull",), _back, (_TAMPERED, "unexpected commit digest")),
    Wrong("a registry that is down", _down, ("ErrImagePull",), _up_and_back, (_UNREACHED, "dial tcp")),
)


def refuse(bench: Bench, every: Sequence[Wrong] = ALL) -> list[Refusal]:
    """Give each wrong input and return how it was refused. Raises `FindingError` for one that got through or did harm."""
    return [_refused(bench, each) for each in every]


def _refused(bench: Bench, wrong: Wrong) -> Refusal:
    console.progress(f"cloud: {wrong.title}")
    began = time.monotonic()
    try:
        wrong.give(bench)
    except PipelineError as error:
        line = str(error)
    else:
        raise FindingError(f"{wrong.title} was not refused", fix="read the stage's log")
    if faults := unclear(line, wrong.words):
        raise FindingError(f"{wrong.title}: {faults}", fix="read the stage's log")
    if wrong.cause[0] and not said(kubectl.get(bench.used.place, f"--namespace={rollout.NAMESPACE}", "events"), *wrong.cause):
        raise FindingError(f"{wrong.title}: no node says {wrong.cause[1]!r}", fix="read the stage's log")
    _served(bench, wrong.title)  # before anything is mended: the release before has not gone
    wrong.undo(bench)
    rollout.look_at(bench.used.place, bench.good)
    _served(bench, wrong.title)
    return Refusal(wrong.title, line, round(time.monotonic() - began, 1))


def said(events: Sequence[Mapping[str, Any]], commit: str, words: str) -> bool:
    """Whether an event about a commit's image says the words."""
    return any(f":{commit}@" in (message := str(each.get("message", ""))) and words in message for each in events)


def unclear(line: str, words: Sequence[str]) -> str:
    """Why a refusal tells a person too little, empty when it does not: it is one line, says the words, and what to type next."""
    if "\n" in line or " -> " not in line:
        return f"refused with {line[:200]!r}, expected one line with what to do"
    # The kubelet calls the same thing by one name when it has just failed, and by another while it waits to try again.
    missing = [word for word in words if word not in line.replace("ImagePullBackOff", "ErrImagePull")]
    return f"refused with {line[:200]!r}, which does not say {', '.join(missing)}" if missing else ""


def _served(bench: Bench, title: str) -> None:
    """Raise `FindingError` unless users get the good release's answer at every node."""
    place = bench.used.place
    for node in bench.nodes:
        answer = ingress.ask(place, node.address, place.settings.service.probe_path)
        if fault := rollout.wrong(answer, place.settings.service.probe_answer, bench.good.commit):
            raise FindingError(f"after {title} the Ingress at {node.name} {fault}", fix="read the stage's log")
