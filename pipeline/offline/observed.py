"""What one run in the closed world did, and what speaks against it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from pipeline.evidence import Record
from pipeline.offline import frames

_SHOWN = 3


@dataclass(frozen=True)
class Observed:
    """One run: how it ended, what it asked and what left while it went on, and whether the ears hear what is said on purpose."""

    returncode: int
    seconds: float
    asked: tuple[str, ...]
    """Names that were asked of the name server, with who asked."""
    left: tuple[str, ...]
    """Destinations of the frames that crossed the border."""
    counted: int
    """Frames that the kernel counted there."""
    controls: Mapping[str, bool]
    """What was tried on purpose, before and after the run, and whether it failed and was heard as it must be."""
    tail: str = ""

    @property
    def queries(self) -> int:
        """DNS queries: those that the name server got, and those that crossed the border to another one."""
        return len(self.asked) + sum(map(frames.is_dns, self.left))


def text(observed: Observed) -> str:
    """Return it as JSON, for `parse`."""
    return json.dumps(asdict(observed))


def parse(said: str) -> Observed:
    """Read it back. Raises `ValueError`, `TypeError` or `KeyError` when it is something else."""
    table = json.loads(said)
    return Observed(**{**table, "asked": tuple(table["asked"]), "left": tuple(table["left"])})


def faults(observed: Observed, records: Sequence[Record], wanted: Iterable[str]) -> list[str]:
    """Say what speaks against the proof, worst first; nothing does when every stage passed and nobody was asked."""
    verdicts = {record.stage: record.verdict for record in records}
    deaf = [name for name, heard in observed.controls.items() if not heard]
    lacking = sorted(set(wanted) - set(verdicts))
    found = [f"the check itself fails: {name}" for name in deaf] if observed.controls else ["the check itself was not checked"]
    found += [f"{stage} {verdict}" for stage, verdict in verdicts.items() if verdict != "passed"]
    found += [f"{', '.join(lacking)} did not run"] if lacking else []
    found += [f"./run exited {observed.returncode}: {observed.tail}"] if observed.returncode else []
    found += [f"{observed.queries} DNS queries: {_most(observed.asked)}"] if observed.queries else []
    found += [f"{len(observed.left)} packets left: {_most(observed.left)}"] if observed.left else []
    if observed.counted != len(observed.left):
        found.append(f"the kernel counted {observed.counted} packets at the border, heard were {len(observed.left)}")
    return found


def _most(each: Sequence[str]) -> str:
    return ", ".join(f"{told} x{times}" for told, times in Counter(each).most_common(_SHOWN)) or "to another name server"
