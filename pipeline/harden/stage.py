"""The stage `harden`: reads the live cluster, judges every control, asks kube-bench, and proves that each weakening would be noticed."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from rich.table import Table

from pipeline import console, locks, reuse, store
from pipeline.errors import FindingError
from pipeline.gates import sarif
from pipeline.gates.report import Finding, Report
from pipeline.gates.verdict import Verdict
from pipeline.harden import kubebench, mutants, nsa, proofs, reader, triage
from pipeline.harden.cis import CONTROLS
from pipeline.harden.facts import Facts
from pipeline.harden.judge import Result, judge
from pipeline.harden.kubebench import Opinion
from pipeline.harden.mutants import Fate
from pipeline.stage import Run
from pipeline.toolchain import pins

_SECONDS = 45  # on 2 cores, for the estimate that people see
_BUSY_SECONDS = 600


def harden(run: Run) -> None:
    """Judge the cluster. Raises `FindingError` for a control that fails, an opinion nobody explains, or a weakening nobody noticed."""
    place = run.workspace
    entries = triage.load(place.root)
    with console.ticking("reading the cluster", _SECONDS):
        with locks.held(place, "cluster", wait=_BUSY_SECONDS):  # what `differential` puts there is no finding
            facts = reader.read(place, proofs.run(place))
        results = judge(CONTROLS, facts, entries, dt.datetime.now(dt.UTC).date())
        opinions = _opinions(run, facts)
    advice = nsa.judge(results)
    fates = mutants.run(CONTROLS, facts)
    found = (*results, *kubebench.unexplained(opinions, results))
    _keep(run, "facts", asdict(facts))
    _keep(run, "controls", [asdict(result) for result in (*found, *advice)])
    _keep(run, "kube-bench", [asdict(opinion) for opinion in opinions])
    _keep(run, "mutants", [asdict(fate) for fate in fates])
    _keep(run, "sarif", sarif.of(verdict(found, pins.load(place.root)["kube-bench"].version)))
    console.show(table("CIS 1.11", found), table("NSA/CISA 1.2", advice))
    _refuse(found, fates)
    run.figures.update(figures(results, advice, opinions, fates))
    run.summary = summary(results, advice, opinions, fates)


def _opinions(run: Run, facts: Facts) -> tuple[Opinion, ...]:
    """What kube-bench says of this cluster: asked again after a day, or when anything that its controls are about has changed."""

    def ask(own: Run) -> None:
        own.figures["opinions"] = [asdict(opinion) for opinion in kubebench.ask(own.workspace)]

    def subject(own: Run) -> str:
        return store.key_of([reuse.of_cluster(own), *asked_about(facts)])

    return tuple(Opinion(**each) for each in reuse.part(run, "kube-bench", ask, subject).figures["opinions"])


def asked_about(facts: Facts) -> list[object]:
    """What kube-bench's controls are about, judged without the triage.

    Objects count by what our controls find in them, for pods come and go without a change, and what was tried by whether it held: the words
    for that have curl's exit code, which differs between two refusals, and the number of etcd's files.
    """
    still = replace(facts, proofs={name: replace(proof, seen="") for name, proof in facts.proofs.items()})
    return [asdict(replace(still, objects={})), [asdict(result) for result in judge(CONTROLS, still, {}, dt.date.min)]]


def _keep(run: Run, name: str, content: object) -> None:
    store.write(run.evidence / f"harden.{name}.json", json.dumps(content, indent=1, default=str) + "\n")


def _refuse(found: Iterable[Result], fates: Sequence[Fate]) -> None:
    failed = [result for result in found if result.verdict == "FAIL"]
    if failed:
        first = failed[0]
        more = f" (and {len(failed) - 1} more, in the table)" if len(failed) > 1 else ""
        raise FindingError(f"{first.id} {first.title}: found {first.found}{more}", fix=first.note or "decide in cluster/triage.toml")
    if survived := mutants.survivors(fates):
        raise FindingError(
            f"{len(survived)} of {len(fates)} weakenings go unnoticed: {survived[0]}", fix="add a control to pipeline/harden/cis"
        )


def figures(results: Sequence[Result], advice: Sequence[Result], opinions: Sequence[Opinion], fates: Sequence[Fate]) -> dict[str, object]:
    """The numbers of the record."""
    return {
        "controls": dict(Counter(result.verdict for result in results)),
        "nsa": dict(Counter(result.verdict for result in advice)),
        "kube_bench": dict(Counter(opinion.status for opinion in opinions)),
        "weakenings": {"noticed": sum(bool(fate.killed_by) for fate in fates), "of": len(fates)},
    }


def summary(results: Sequence[Result], advice: Sequence[Result], opinions: Sequence[Opinion], fates: Sequence[Fate]) -> str:
    """One line for the table of stages."""
    numbers = Counter(result.verdict for result in results)
    met = sum(result.verdict != "FAIL" for result in advice)
    noticed = sum(bool(fate.killed_by) for fate in fates)
    return (
        f"{numbers['PASS']} controls PASS, {numbers['WARN']} WARN, {numbers['FAIL']} FAIL; kube-bench {kubebench.counts(opinions)}, "
        f"all explained; NSA {met}/{len(advice)}; weakenings noticed {noticed}/{len(fates)}"
    )


def table(title: str, results: Iterable[Result]) -> Table:
    """Draw results: number, title, verdict and what was found."""
    colours: dict[str, str] = dict(zip(("PASS", "WARN", "FAIL"), ("green", "yellow", "red"), strict=True))
    drawn = Table(title=title, title_justify="left", pad_edge=False)
    for heading in ("control", "what it wants", "verdict", "found"):
        drawn.add_column(heading, overflow="fold")
    for result in results:
        note = f" [{result.note}]" if result.verdict != "PASS" and result.note else ""
        drawn.add_row(
            result.id, result.title, f"[{colours[result.verdict]}]{result.verdict}[/]", f"{result.found}{note}".replace("[", r"\[")
        )
    return drawn


def verdict(results: Iterable[Result], version: str) -> Verdict:
    """Failures as the gates' own findings, for SARIF."""
    findings = tuple(
        Finding("pipeline/cluster/spec.py", 0, result.id, f"{result.title}: {result.found}", "high", result.note)
        for result in results
        if result.verdict == "FAIL"
    )
    return Verdict("harden", (Report("cis", version, (), findings=findings),), findings, (), (), ())
