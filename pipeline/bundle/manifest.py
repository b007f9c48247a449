"""The manifest: what the bundle is about, which stages ran, which did not, and the verdict, all drawn from the records that it lies beside.

Nothing in it is believed: whoever verifies a bundle draws it again from the same records and compares.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.attest.signature import strict_json
from pipeline.bundle.contents import EVIDENCE
from pipeline.errors import IntegrityError
from pipeline.evidence import Record

FORMAT = 1
GREEN, INCOMPLETE, RED = "green", "incomplete", "red"
_GATES = ("lint", "sast", "secrets", "workflows", "deps", "iac", "policy")
# Without each of these a release is not what the README promises; a run that left one out is incomplete.
_EXAMINATIONS = ("watchers", "monitor", "harden", "differential", "pentest", "load", "rollout-proof")
REQUIRED = (*_GATES, "unit", "docker", "build", "scan", "integrate", "attest", "cluster", "deploy", *_EXAMINATIONS)
_OF_RELEASES = ("scale", "soak", "chaos", "rollback-proof", "drift-proof", "alerts-proof", "reproduce", "prove")
_PROOFS = (*_OF_RELEASES, "cloud-proof", "offline-proof")
ON_REQUEST = (*_PROOFS, "toolchain", "tests")


@dataclass(frozen=True)
class Manifest:
    """What the bundle says of itself. `missing` and `verdict` follow from the records."""

    commit: str
    dirty: bool
    verdict: str
    missing: tuple[str, ...]
    not_run: tuple[str, ...]
    failed: tuple[str, ...]
    stages: Mapping[str, str]
    image: Mapping[str, str]
    state: Mapping[str, Any]
    policies: Mapping[str, str]
    tools: Sequence[Mapping[str, str]]
    format: int = FORMAT

    def text(self) -> bytes:
        """As it stands in the bundle."""
        return (json.dumps(asdict(self), indent=1, sort_keys=True) + "\n").encode()


def draw(tag: str, files: Mapping[str, bytes], known: Mapping[str, Any]) -> Manifest:
    """Draw the manifest from the records among `files`; `known` has what only the machine knew: state, policies, tools."""
    found = records(files)
    verdicts = {record.stage: record.verdict for record in found}
    dirty = tag.endswith("-dirty")
    failed = tuple(sorted(name for name, each in verdicts.items() if each != "passed"))
    missing = tuple(name for name in REQUIRED if name not in verdicts)
    return Manifest(
        commit=tag.removesuffix("-dirty"),
        dirty=dirty,
        verdict=RED if failed else INCOMPLETE if missing or dirty else GREEN,
        missing=missing,
        not_run=tuple(name for name in ON_REQUEST if name not in verdicts),
        failed=failed,
        stages=dict(sorted(verdicts.items())),
        image={name: str(value) for name, value in _figures(found, "build").items() if name in {"image_id", "manifest"}},
        state=known["state"],
        policies=known["policies"],
        tools=tuple(known["tools"]),
    )


def records(files: Mapping[str, bytes]) -> list[Record]:
    """The stages' records among the files. Raises `IntegrityError` for one that is not under its stage's name, or of another commit."""
    found = []
    for name, content in sorted(files.items()):
        if not name.startswith(EVIDENCE) or not name.endswith(".json") or "/" in (file := name.removeprefix(EVIDENCE)):
            continue
        try:
            record = Record(**strict_json(content))
        except (TypeError, IntegrityError):
            continue  # a report of another kind
        if f"{record.stage}.json" != file:
            raise IntegrityError(f"{name} is the record of {record.stage}", fix="run that stage again")
        found.append(record)
    if len({record.tag for record in found}) > 1:
        raise IntegrityError("there are records of several commits", fix="rm -r the commit's evidence, and run again")
    return found


def read(text: bytes) -> Manifest:
    """Read a manifest. Raises `IntegrityError` when it is none of this format."""
    table = strict_json(text)
    try:
        if table["format"] != FORMAT:
            raise IntegrityError(f"its format is {table['format']!r}, this reads {FORMAT}", fix="verify it with the project's own commit")
        lists: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
        return Manifest(**lists)
    except (KeyError, TypeError) as error:
        raise IntegrityError(f"its manifest is damaged ({error})", fix="do not use it") from error


def _figures(found: Sequence[Record], stage: str) -> dict[str, Any]:
    return next((dict(record.figures) for record in found if record.stage == stage and record.verdict == "passed"), {})
