"""The gates as people meet them: Nox stages for this tree, and any folder by command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from pipeline import checks, console, reuse, store
from pipeline import image as service_image
from pipeline.errors import FindingError, PipelineError, UsageError
from pipeline.gates import inputs, runner
from pipeline.gates.catalogue import FOLDER_GATES
from pipeline.gates.checks import trivy
from pipeline.gates.context import Context
from pipeline.gates.inputs import Inputs
from pipeline.gates.verdict import Verdict
from pipeline.stage import Run
from pipeline.words import NO_CACHE, STRICT
from pipeline.workspace import Workspace, locate

_STRUCTURE_SECONDS = 300
STRICT_VARIABLE = "PORTCULLIS_STRICT"
FROM_VARIABLE = "PORTCULLIS_FROM"  # set by ./run


def gate(run: Run, name: str) -> None:
    """Judge this tree by one gate and keep verdict and findings in the evidence. Raises `FindingError` when it is red."""
    _judge(run, name, archive=None)


def image(run: Run) -> None:
    """Judge the image of this tree, test its structure, and keep its bill of materials (CycloneDX) in the evidence.

    Raises `FindingError` when it is red or a test fails, `ImageError` when it cannot be built.
    """
    archive = service_image.make(run.workspace, run.commit).archive
    store.write(run.evidence / "image.sbom.cdx.json", trivy.bill_of_materials(run.workspace, archive))
    _judge(run, "image", archive=archive)
    structure = reuse.part(run, "structure", _structure, reuse.of_image)
    run.figures["tests"] = structure.figures["tests"]
    run.summary += f"; structure: {structure.summary}"


def _structure(run: Run) -> None:
    checks.pytest(run, ("tests/docker/test_image.py",), timeout=_STRUCTURE_SECONDS)


def _judge(run: Run, name: str, *, archive: Path | None) -> None:
    place = run.workspace
    if unknown := sorted(set(run.arguments) - {NO_CACHE, STRICT}):
        raise UsageError(f"{name} knows no {unknown[0]!r}", fix=f"nox -s {name} -- {NO_CACHE} {STRICT}")
    strict = STRICT in run.arguments or os.environ.get(STRICT_VARIABLE) == "1"
    reference = f"{place.settings.image}:{run.commit.sha}"
    context = Context(place, own=True, image=reference, archive=archive)
    judged = runner.own(name, context, inputs.of_tree(place.root), strict=strict, cache=NO_CACHE not in run.arguments)
    runner.write(run.evidence, judged)
    conclude(run, [judged])


def conclude(run: Run, verdicts: Sequence[Verdict]) -> None:
    """Set summary and figures from verdicts, show what is wrong, and raise `FindingError` when any is red."""
    for each in verdicts:
        for key, value in runner.figures(each).items():
            run.figures[key] = run.figures.get(key, 0) + value
        run.figures["tools"] = run.figures.get("tools", 0) + len(each.reports)
        run.figures["reused"] = run.figures.get("reused", 0) + sum(report.reused for report in each.reports)
        run.figures["not_verified"] = [*run.figures.get("not_verified", []), *each.unverified]
    refuse(verdicts)
    counts = run.figures
    rules = f", {counts['rules']} rules" if counts["rules"] else ""
    run.summary = f"{counts['examined']} examined{rules}, 0 findings" + _asides(counts["excepted"], counts["unverified"])


def refuse(verdicts: Sequence[Verdict]) -> None:
    """Show what is wrong with verdicts, and raise `FindingError` when any is red."""
    for line in (line for each in verdicts for line in lines(each)):
        print(line)  # noqa: T201 - the findings themselves
    if any(not each.green for each in verdicts):
        findings, errors = (
            sum(len(part) for part in parts) for parts in zip(*((each.findings, each.errors) for each in verdicts), strict=True)
        )
        raise FindingError(f"{findings} findings, {errors} errors", fix="correct the lines above, each says how")


def _asides(excepted: int, unverified: int) -> str:
    return (f", {excepted} excepted" if excepted else "") + (f", {unverified} UNVERIFIED" if unverified else "")


def lines(judged: Verdict) -> list[str]:
    """What is wrong with a verdict, a line each; on GitHub also as annotations that stand beside the code."""
    found = [f"{judged.gate}: {finding}" for finding in judged.findings]
    found += [f"{judged.gate}: error: {error}" for error in judged.errors]
    found += [f"{judged.gate}: unverified: {text}" for text in judged.unverified]
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for each in judged.findings:
            message = _escaped(f"{each.message} -> {each.fix}" if each.fix else each.message)
            found.append(f"::error file={_escaped(each.file)},line={max(each.line, 1)},title={_escaped(each.rule)}::{message}")
        found += [f"::error title={judged.gate}::{_escaped(error)}" for error in judged.errors]
        found += [f"::warning title={judged.gate}::unverified: {_escaped(text)}" for text in judged.unverified]
    return found


def _escaped(text: str) -> str:
    """Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions, as its toolkit escapes."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace(":", "%3A").replace(",", "%2C")


def any_folder(run: Run) -> None:
    """Judge the paths after `--` by every gate that understands what is there. Raises `FindingError` when any is red."""
    if not run.arguments:
        raise UsageError("nox -s gates needs a path", fix="nox -s gates -- PATH")
    # Nox works in the project's folder; a path is meant from where the person stood.
    here = Path(os.environ.get(FROM_VARIABLE, "."))
    verdicts = judge_paths(run.workspace, FOLDER_GATES, [here / word for word in run.arguments])
    console.show(table(verdicts))
    conclude(run, [each for each, _ in verdicts])


def judge_paths(place: Workspace, gates: Sequence[str], paths: Sequence[Path]) -> list[tuple[Verdict, float]]:
    """Judge other people's files by `gates`; return the verdicts with their seconds. Raises `UsageError` when there is nothing to judge."""
    found = _inputs(paths)
    verdicts = []
    for name in gates:
        started = time.monotonic()
        if judged := runner.foreign(name, Context(place, own=False), found):
            verdicts.append((judged, time.monotonic() - started))
    if not verdicts:
        shown = ", ".join(map(str, paths))
        raise UsageError(f"{shown}: nothing that {' or '.join(gates)} understands", fix="name a folder with code, manifests or Terraform")
    return verdicts


def _inputs(paths: Sequence[Path]) -> Inputs:
    if missing := [path for path in paths if not os.path.lexists(path)]:
        raise UsageError(f"{missing[0]} does not exist", fix="name a file or folder that does")
    absolute = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 - resolve() would follow links
    folders = [path if path.is_dir() and not path.is_symlink() else path.parent for path in absolute]
    root = Path(os.path.commonpath(folders))
    return inputs.of_paths(root, absolute)


def table(verdicts: Sequence[tuple[Verdict, float]]) -> Table:
    """Draw gates with what they examined, applied and found."""
    drawn = Table(pad_edge=False)
    for heading in ("gate", "tools", "examined", "rules", "findings", "errors", "seconds"):
        drawn.add_column(heading, justify="left" if heading in {"gate", "tools"} else "right")
    for each, seconds in verdicts:
        colour = "green" if each.green else "red"
        tools = ", ".join(report.tool for report in each.reports)
        drawn.add_row(
            f"[{colour}]{each.gate}[/]",
            tools,
            str(each.examined),
            str(each.rules),
            str(len(each.findings)),
            str(len(each.errors)),
            f"{seconds:.1f}",
        )
    return drawn


def main(arguments: Sequence[str]) -> int:
    """`python -m pipeline gate NAME PATH... [--json]`: return 0 when green, 1 with findings, 2 with errors."""
    parser = argparse.ArgumentParser(prog="python -m pipeline gate", description="Judge files by one gate of this project.")
    parser.add_argument("name", choices=sorted(FOLDER_GATES))
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    chosen = parser.parse_args(arguments)
    try:
        ((judged, _),) = judge_paths(locate(), [chosen.name], chosen.paths)
    except PipelineError as error:
        print(f"{chosen.name}: {error}", file=sys.stderr)  # noqa: T201 - a command line's own voice
        return 2
    if chosen.json:
        print(json.dumps(asdict(judged) | {"green": judged.green}, indent=1, default=str))  # noqa: T201
    else:
        print("\n".join(lines(judged)) or f"{judged.gate}: {judged.examined} files, nothing found")  # noqa: T201
    return judged.exit_code
