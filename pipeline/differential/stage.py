"""The stage `differential`: one policy in three places, which have to give the same verdict on every object, rule by rule."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pipeline import console, locks, store
from pipeline.cluster import api
from pipeline.differential import bench as benches
from pipeline.differential import corpus, proof, rights, verdicts, voices
from pipeline.differential.bench import Bench
from pipeline.differential.corpus import Case
from pipeline.differential.verdicts import Compared
from pipeline.errors import FindingError
from pipeline.stage import Run
from pipeline.workspace import Workspace

FEWEST = 500
"""Objects that have to be judged by everybody."""
_SECONDS, _BUSY_SECONDS = 40, 600


def differential(run: Run) -> None:
    """Put every object to every judge, and take every rule away once. Raises `FindingError` when two disagree or a rule is not proven."""
    place = run.workspace
    with console.ticking("putting the same objects to Rego, admission and Pod Security", _SECONDS):
        judged = benches.judged(place)
        cases = corpus.cases(judged.settings.node_port)
        of_rego = _rego(judged, cases)  # needs no cluster, which `harden` is reading now
        with locks.held(place, "cluster", wait=_BUSY_SECONDS), api.connect(place) as server, benches.ready(place, server) as bench:
            added = corpus.ephemeral(bench.living)
            compared, refused = _compare(bench, [*cases, *added], [*of_rego, *_rego(judged, added)])
            proven = proof.run(bench)
            granted, excess = rights.compare(server, place.root)
    disagreements = [*(each for one in compared for each in one.disagreements), *excess]
    lacking = [each for each in proven if each.why]
    report = {"disagreements": list(map(asdict, disagreements)), "proof": list(map(asdict, proven)), "refused": refused}
    store.write(run.evidence / "differential.report.json", json.dumps(report, indent=1) + "\n")
    verdict_count = sum(one.verdicts for one in compared)
    run.figures.update(objects=len(compared), verdicts=verdict_count, disagreements=len(disagreements), refused=len(refused))
    run.figures.update(rules=len(proven), proven=len(proven) - len(lacking), rights=granted)
    lines = [f"{each.rule or 'any rule'}: {each.words}: {each.case}" for each in disagreements]
    lines += [f"{each.rule}: not proven: {each.why}" for each in lacking]
    for line in lines:
        print(f"differential: {line}")  # noqa: T201 - the finding itself
    if len(compared) < FEWEST:
        raise FindingError(
            f"{len(compared)} objects were judged, expected {FEWEST}", fix="see differential.report.json for what was refused"
        )
    if disagreements or lacking:
        raise FindingError(
            f"{len(disagreements)} disagreements, {len(lacking)} of {len(proven)} rules not proven",
            fix="correct policies/rules.toml or the Rego",
        )
    run.summary = (
        f"{len(compared)} objects, {verdict_count} verdicts of Rego, admission and Pod Security compared, 0 disagreements; "
        f"{len(proven)} of {len(proven)} rules proven live; "
        f"deployer and watcher have the {granted} rights that are declared"
    )


def _rego(place: Workspace, cases: Sequence[Case]) -> list[frozenset[str]]:
    with tempfile.TemporaryDirectory(prefix="portcullis-differential-") as scratch:
        return voices.of_rego(place, cases, Path(scratch))


def _compare(bench: Bench, cases: Sequence[Case], of_rego: Sequence[frozenset[str]]) -> tuple[list[Compared], dict[str, str]]:
    """Compare the verdicts on every object; beside them, what the API itself does not take, and why."""
    compared, refused = [], {}
    for case, rego, heard in zip(cases, of_rego, voices.of_server(bench.server, cases), strict=True):
        if heard.refused:
            refused[case.name] = heard.refused[:300]
        else:
            compared.append(verdicts.compare(case, rego, heard, bench.source.table, bench.under_test))
    return compared, refused
