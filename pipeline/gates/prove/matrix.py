"""Plants every mutant in a copy of the tree and runs the check that must refuse it. What survives is a hole in a gate."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pipeline.gates import inputs, runner
from pipeline.gates.catalogue import GATES, Step
from pipeline.gates.context import Context
from pipeline.gates.ledger import Entry
from pipeline.gates.prove import kubernetes, sources, tree
from pipeline.gates.prove.mutant import Mutant, VoidError
from pipeline.gates.report import Finding, Report
from pipeline.workspace import Workspace

MUTANTS = (
    *kubernetes.OUR_RULES,
    *kubernetes.SCANNERS,
    *sources.LINT,
    *sources.SAST,
    *sources.SECRETS,
    *sources.WORKFLOWS,
    *sources.DEPS,
    *sources.SUPPRESSIONS,
)
# Checks that look at a tree as a whole (its history, its modules' types, all its rules): one copy at a time.
_WHOLE = {"mypy", "terraform validate", "gitleaks history", "licences", "debian security", "opa test"}
_PARALLEL = 3
_UNTOUCHED = "untouched"

Fate = Literal["killed", "survived", "void"]


@dataclass(frozen=True)
class Result:
    """What became of a mutant, and in one line why, when it was not killed."""

    gate: str
    tool: str
    name: str
    fate: Fate
    why: str = ""


@dataclass(frozen=True)
class Batch:
    """Mutants that one call of one check judges: each in a copy of its own, beside an untouched one."""

    gate: str
    step: Step
    mutants: tuple[Mutant, ...]

    @property
    def whole(self) -> bool:
        """Whether the only mutant is planted in a copy of the whole tree."""
        return self.step.tool in _WHOLE


def run(place: Workspace, image: str, ledger: Sequence[Entry], mutants: Iterable[Mutant] = MUTANTS) -> list[Result]:
    """Judge all mutants, the checks side by side and each check's mutants in one call where that is possible."""
    known = {step.tool: (gate, step) for gate, steps in GATES.items() for step in steps}
    by_tool: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        by_tool[mutant.tool].append(mutant)
    batches: list[Batch] = []
    for tool, group in by_tool.items():
        parts = [(mutant,) for mutant in group] if tool in _WHOLE else [tuple(group)]
        batches += [Batch(*known[tool], part) for part in parts]
    batches.sort(key=lambda batch: -len(batch.mutants))  # the longest first
    with ThreadPoolExecutor(_PARALLEL) as pool:
        return [result for results in pool.map(lambda batch: _judge(place, image, ledger, batch), batches) for result in results]


def _judge(place: Workspace, image: str, ledger: Sequence[Entry], batch: Batch) -> list[Result]:
    entries = [entry for entry in ledger if entry.gate == batch.gate]
    fates: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="portcullis-prove-") as scratch:
        root = Path(scratch)
        copies = [root if batch.whole else root / str(number) for number in range(len(batch.mutants))]
        void = {number: plant(place, folder, batch.mutants[number], whole=batch.whole) for number, folder in enumerate(copies)}
        if not batch.whole:
            for mutant in batch.mutants:
                tree.copy(place.root, root / _UNTOUCHED, tree.beside(place.root, mutant.file))
        report = _report(place, image, batch.step, root)
        red = "" if batch.whole else next((str(each) for each in _open(report, root / _UNTOUCHED, root, entries)), "")
        for number, mutant in enumerate(batch.mutants):
            # A tree that is red without any mutant proves nothing about them.
            why = void[number] or (f"the untouched tree is red: {red}" if red else "")
            if why:
                fates.append(Result(batch.gate, mutant.tool, mutant.name, "void", why))
            else:
                fates.append(_fate(batch.gate, mutant, _open(report, copies[number], root, entries)))
    return fates


def plant(place: Workspace, folder: Path, mutant: Mutant, *, whole: bool) -> str:
    """Copy what the mutant's file needs to be judged, or the whole tree, and change the file. Return why that proves nothing, if so."""
    tree.copy(place.root, folder, tree.files(place.root) if whole else tree.beside(place.root, mutant.file))
    history = mutant.tool == "gitleaks history"
    if history:
        tree.commit(folder, "before")
    try:
        mutant.apply(folder)
    except VoidError as error:
        return str(error)
    if history:
        tree.commit(folder, "planted")
        shutil.copyfile(place.root / mutant.file, folder / mutant.file)
        tree.commit(folder, "removed")
    return ""


def _report(place: Workspace, image: str, step: Step, root: Path) -> Report:
    files = [path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts]
    own = replace(place, root=root) if step.tool == "licences" else place
    return runner.examine(step, Context(own, own=True, image=image), inputs.of_files(root, files))


def _fate(gate: str, mutant: Mutant, found: list[Finding]) -> Result:
    if any(finding.rule == mutant.rule for finding in found):
        return Result(gate, mutant.tool, mutant.name, "killed")
    why = f"found instead: {', '.join(sorted({finding.rule for finding in found}))}" if found else "nothing was found"
    return Result(gate, mutant.tool, mutant.name, "survived", why)


def _open(report: Report, folder: Path, root: Path, ledger: Sequence[Entry]) -> list[Finding]:
    """The findings in one copy that no exception covers; the tool's errors are among them, so that a crash is not taken for silence."""
    prefix = "" if folder == root else f"{folder.relative_to(root).as_posix()}/"
    found = [replace(each, file=each.file.removeprefix(prefix)) for each in report.findings if each.file.startswith(prefix)]
    found += [Finding("", 0, "error", error) for error in report.errors]
    return [finding for finding in found if not any(entry.covers(finding) for entry in ledger)]
