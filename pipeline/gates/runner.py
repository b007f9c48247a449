"""Runs a gate: its checks side by side, their reports to the verdict, the verdict to the evidence. The unchanged is not judged twice."""

from __future__ import annotations

import datetime as dt
import json
import logging
import platform
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

from pipeline import process, store
from pipeline.errors import PipelineError, UsageError
from pipeline.gates import ledger, report, sarif, verdict
from pipeline.gates.catalogue import GATES, Step
from pipeline.gates.context import Context
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Report
from pipeline.gates.verdict import Floor, Verdict

log = logging.getLogger(__name__)

_PARALLEL = 4
# What a verdict depends on beside the judged files: the code of the gates, the rules, the versions of all tools.
_JUDGES = ("pipeline", "policies", "toolchain", "uv.lock", "pyproject.toml")


def own(gate: str, context: Context, inputs: Inputs, *, strict: bool, cache: bool = False) -> Verdict:
    """Judge this project's own tree by one gate, with its floors and the ledger. Raises `UsageError` when one of these is unfit.

    `cache` allows answers that were given before for the very same files, rules and tools.
    """
    policies = inputs.root / "policies"
    floors = load_floors(policies / "floors.toml")
    entries = ledger.load(policies / "exceptions.toml", dt.datetime.now(dt.UTC).date())
    if unknown := sorted({entry.gate for entry in entries} - {*floors}):
        raise UsageError(f"the ledger names a gate {unknown[0]!r} that there is not", fix="correct policies/exceptions.toml")
    mine = [entry for entry in entries if entry.gate == gate]
    return verdict.judge(gate, reports(GATES[gate], context, inputs, cache=cache), floors=floors[gate], ledger=mine, strict=strict)


def foreign(gate: str, context: Context, inputs: Inputs) -> Verdict | None:
    """Judge other people's files by one gate: floors and ledger off, everything else the same. None when the gate has nothing to do."""
    steps = [step for step in GATES[gate] if step.applies(inputs, own=False)]
    if not steps and not inputs.errors:
        return None
    # What no tool could judge makes every gate red, also where nothing else is left for it to judge.
    found = reports(steps, context, inputs) if steps else [Report("files", "", (), errors=inputs.errors)]
    return verdict.judge(gate, found, floors=None)


def load_floors(path: Path) -> dict[str, dict[str, Floor]]:
    """Read policies/floors.toml: gate, tool, the least it examines and applies. Raises `UsageError` when a gate or a floor is missing."""
    fix = "git checkout policies/floors.toml"
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        floors = {gate: {tool: Floor(**values) for tool, values in tools.items()} for gate, tools in table.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is not readable ({error})", fix=fix) from error
    for gate, steps in GATES.items():
        if lacking := [step.tool for step in steps if floors.get(gate, {}).get(step.tool, Floor(0)).examined < 1]:
            raise UsageError(f"{path} has no floor for {lacking[0]} in {gate}", fix=fix)
    return floors


def reports(steps: Sequence[Step], context: Context, inputs: Inputs, *, cache: bool = False) -> list[Report]:
    """Run the checks side by side. A file that no tool could judge makes every gate red, also those that would not look at it."""
    run = _remembered if cache else examine
    with ThreadPoolExecutor(_PARALLEL) as pool:
        found = list(pool.map(lambda step: run(step, context, inputs), steps))
    return [replace(found[0], errors=(*inputs.errors, *found[0].errors)), *found[1:]]


def _remembered(step: Step, context: Context, inputs: Inputs) -> Report:
    """One check's report, from the cache when it was complete for the very same files, rules and tools."""
    path = _memory(step, context, inputs)
    if kept := _kept(path):
        log.debug("%s: reused, nothing changed since", step.tool)
        return replace(kept, reused=True)
    made = examine(step, context, inputs)
    # Only a complete answer is kept: a failed or partial one is asked for again. What it means is decided anew each time.
    if not made.errors and (step.passing or not made.unverified):
        store.write(path, json.dumps(asdict(made)))
    return made


def examine(step: Step, context: Context, inputs: Inputs) -> Report:
    """Run one check now, in a scratch folder of its own. Whatever breaks it becomes an error of its report."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="portcullis-gate-") as scratch:
        try:
            made = step.check(replace(context, scratch=Path(scratch)), inputs).relative_to(inputs.root)
        except PipelineError as error:
            made = report.failed(step.tool, str(error))
        except Exception as error:
            log.debug("%s broke", step.tool, exc_info=True)
            made = report.failed(step.tool, f"{type(error).__name__}: {error}")
    counts = f"{len(made.examined)} files, {len(made.findings)} findings, {len(made.errors)} errors"
    log.debug("%s: %s, %.1f s", step.tool, counts, time.monotonic() - started)
    return made


def _kept(path: Path) -> Report | None:
    try:
        return report.load(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _memory(step: Step, context: Context, inputs: Inputs) -> Path:
    """Where the answer is kept: its name stands for everything that it depends on."""
    place = context.place
    # A kustomization is made of files of several kinds; whatever is only done here may look at any file.
    kinds = (*step.kinds, "yaml") if "kustomization" in step.kinds else step.kinds
    looked_at = inputs.of(*kinds) if kinds and not step.only_own else inputs.all
    files = {path.relative_to(inputs.root).as_posix(): store.digest(path) for path in looked_at}
    archive = store.digest(context.archive) if context.archive else ""
    refs = _refs(inputs.root) if step.tool == "gitleaks history" else ""
    hour = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H") if step.passing else ""
    judges = store.digest_tree(*(path for path in map(place.root.joinpath, _JUDGES) if path.exists()))
    # Whoever judges by other settings than the tree's gets another answer, so the file that they are from is not enough.
    key = store.key_of([files, archive, judges, asdict(place.settings), context.image, refs, hour, platform.machine()])
    return place.cache / "verdicts" / f"{step.tool.replace(' ', '-')}-{key}.json"


def _refs(root: Path) -> str:
    return process.run(["git", "rev-list", "--all", "--no-walk"], cwd=root, timeout=30).stdout


def write(folder: Path, judged: Verdict) -> None:
    """Write a verdict as JSON and as SARIF."""
    store.write(folder / f"{judged.gate}.report.json", json.dumps(asdict(judged) | {"green": judged.green}, indent=1, default=str) + "\n")
    store.write(folder / f"{judged.gate}.sarif", json.dumps(sarif.of(judged), indent=1) + "\n")


def figures(judged: Verdict) -> Mapping[str, int]:
    """The numbers of a verdict that the summary shows."""
    return {
        "examined": judged.examined,
        "rules": judged.rules,
        "findings": len(judged.findings),
        "excepted": len(judged.excepted),
        "errors": len(judged.errors),
        "unverified": len(judged.unverified),
    }
