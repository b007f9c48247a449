"""The tests of this project itself. A run that tested nothing, or skipped a test, is a failed one."""

from __future__ import annotations

import os
import sys

from defusedxml import ElementTree

from pipeline import console, prefetch, process, reuse
from pipeline.errors import CommandError, FindingError
from pipeline.stage import Run
from pipeline.toolchain import supply

FAST = ("tests/app", "tests/pipeline", "tests/terraform")
# Half of their time is waiting for processes, connections and time limits.
_SIDE_BY_SIDE = ("--numprocesses=3",)
# What is tried on a cluster waits for it part of the time; the rest runs meanwhile (tests/conftest.py).
_TWO_LANES = ("--numprocesses=2", "--dist=loadscope", "--verbose")
_ON_A_CLUSTER = "tests/cluster/"
_UNIT_SECONDS, _TESTS_SECONDS = 600, 4800
_FAST_SECONDS = 75  # on 2 cores, for the estimate that people see
TOOLS = ("alertmanager", "cosign", "kubeconform", "kubectl", "opa", "provider-kustomization", "terraform")
"""What the fast tests start. On a fresh machine it is built before them, for that is within no test's time limit."""


def unit(run: Run) -> None:
    """Run the fast suite. Raises `FindingError` when a test failed or none ran."""
    for name in TOOLS:
        supply.find(run.workspace, name)
    # Compiling the tests takes longer than most of them do. Nothing compiled lies in the tree, where what judges it would see it.
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(run.workspace.state / "bytecode")}
    with console.ticking("the fast tests", _FAST_SECONDS):
        pytest(run, (*FAST, *_SIDE_BY_SIDE), timeout=_UNIT_SECONDS, environment=compiled)


def tests(run: Run) -> None:
    """Run everything below tests/, or what the words after `--` select. Raises `FindingError` when a test failed or none ran.

    What has to be built for them is built before, so that no test's time limit counts it. The fast ones are those of `unit`,
    which keeps that they passed: neither this stage nor the next `./run` repeats them for the same tree.
    """
    prefetch.everything(run.workspace)
    if run.arguments:
        pytest(run, run.arguments, timeout=_TESTS_SECONDS, live=True)
        return
    fast = reuse.part(run, "unit", unit, reuse.of_tree)
    pytest(run, ("tests", *(f"--ignore={folder}" for folder in FAST), *_TWO_LANES), timeout=_TESTS_SECONDS, live=True)
    run.figures["fast"] = fast.figures["tests"]
    run.summary += f" with real parts, {fast.summary} without"


def lane(nodeid: str) -> str:
    """Which of the two lanes a test with real parts runs in: those that share a cluster follow each other."""
    return "cluster" if nodeid.startswith(_ON_A_CLUSTER) else "rest"


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
    suites = ElementTree.fromstring(junit).iter("testsuite")
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in suites:
        for name in totals:
            totals[name] += int(suite.get(name, "0"))
    return totals


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the suite's own progress
