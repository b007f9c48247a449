"""Lint and tests of this project itself. Each tool runs with its own configuration file; a tool that examined nothing is an error."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from pipeline import prefetch, process
from pipeline.errors import CommandError, FindingError
from pipeline.stage import Run
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

FAST = ("tests/app", "tests/pipeline", "tests/terraform")
_UNIT_SECONDS, _TESTS_SECONDS, _LINT_SECONDS = 300, 4800, 300


def lint(run: Run) -> None:
    """Run every linter and report all findings together. Raises `FindingError` naming the linters that found something."""
    place = run.workspace
    red = []
    linters = _linters(place)
    for name, argv in linters.items():
        result = process.run(argv, cwd=place.root, timeout=_LINT_SECONDS, ok=None)
        if result.returncode:
            red.append(name)
            run_output = (result.stdout + result.stderr).strip()
            print(f"{name}:\n{run_output}")  # noqa: T201 - the findings themselves, as the tool words them
    run.figures["linters"] = len(linters)
    if red:
        raise FindingError(
            f"lint: {', '.join(red)} found something", fix="correct the lines above (ruff format and ruff check --fix do most)"
        )
    run.summary = f"{len(linters)} linters clean: {', '.join(linters)}"


def _linters(place: Workspace) -> dict[str, list[str | Path]]:
    python = [sys.executable, "-m"]
    sources = ["app", "pipeline", "noxfile.py"]
    scripts = [place.root / "run", place.root / ".ci" / "run", *sorted((place.root / "cluster" / "node").glob("*.sh"))]
    return {
        "ruff": [*python, "ruff", "check", "--no-cache", "."],
        "ruff format": [*python, "ruff", "format", "--no-cache", "--check", "."],
        "mypy": [*python, "mypy", *sources],
        "shellcheck": [Path(sys.executable).with_name("shellcheck"), *scripts],
        "terraform fmt": [supply.tool(place, "terraform"), "fmt", "-check", "-recursive", "-diff", "terraform"],
    }


def unit(run: Run) -> None:
    """Run the fast suite. Raises `FindingError` when a test failed or none ran.

    The module's tests need Terraform's provider: on a fresh machine it is built first, for no test's time limit counts that.
    """
    supply.tool(run.workspace, "terraform")
    supply.module(run.workspace, "provider-kustomization")
    pytest(run, FAST, timeout=_UNIT_SECONDS)


def tests(run: Run) -> None:
    """Run everything below tests/, or what the words after `--` select. Raises `FindingError` when a test failed or none ran.

    What has to be built for them is built before, so that no test's time limit counts it.
    """
    prefetch.everything(run.workspace)
    pytest(run, run.arguments or ("tests",), timeout=_TESTS_SECONDS, live=True)


def pytest(run: Run, selection: tuple[str, ...], *, timeout: float, live: bool = False, environment: dict[str, str] | None = None) -> None:
    """Run pytest on `selection`, keep its JUnit report in the evidence and set the summary from it.

    `live` shows pytest's lines as they come. Raises `FindingError` when a test failed, an error occurred or no test ran.
    """
    report = run.evidence / f"{selection[0].replace('/', '-')}.junit.xml"
    report.unlink(missing_ok=True)
    argv = [sys.executable, "-m", "pytest", *selection, "-p", "no:cacheprovider", f"--junit-xml={report}"]
    env = {**os.environ, **(environment or {})}
    show = _print if live else None
    result = process.run(argv, cwd=run.workspace.root, env=env, timeout=timeout, ok=None, on_line=show)
    if not report.is_file():
        raise CommandError(f"pytest wrote no report: {result.tail}", fix="read the lines above")
    counts = count(report.read_text("utf-8"))
    run.figures.update(counts)
    failed = counts["failures"] + counts["errors"]
    if result.returncode or failed or counts["skipped"] or counts["tests"] == 0:
        if not live:
            print(result.stdout)  # noqa: T201 - pytest's own account of the failure
        raise FindingError(
            f"{failed} of {counts['tests']} tests failed, {counts['skipped']} skipped", fix="correct the failure shown above"
        )
    run.summary = f"{counts['tests']} tests passed"


def count(junit: str) -> dict[str, int]:
    """Return the numbers of tests, failures, errors and skipped in a JUnit report that pytest wrote itself."""
    suites = ET.fromstring(junit).iter("testsuite")  # noqa: S314 - our own child's file, not foreign input
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in suites:
        for name in totals:
            totals[name] += int(suite.get(name, "0"))
    return totals


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the suite's own progress
