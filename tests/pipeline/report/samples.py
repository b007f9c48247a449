"""Evidence of a small project with a graph of its own, as stages would have left it; parts of it can be replaced."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from pipeline.evidence import Record
from pipeline.report import files, graph, model
from pipeline.report.difference import Facts
from pipeline.report.files import Evidence
from pipeline.report.graph import Graph
from pipeline.report.model import About, Report

TAG = "0123456789abcdef0123456789abcdef01234567"
NOXFILE = '''
import nox
from x import stage

nox.options.sessions = ["summary"]


@nox.session(allow_parallel=True)
@stage
def lint(run):
    """Check style; -- --no-cache looks again."""


@nox.session(requires=["lint"])
@stage
def build(run):
    """Build the image."""


@nox.session(name="rollout-proof", requires=["build"])
@stage
def rollout_proof(run):
    """Release under load."""


@nox.session(requires=["rollout-proof"])
@stage
def summary(run):
    """Show everything."""


@nox.session
@stage
def prove(run):
    """Plant violations."""


def other():
    """No session."""
'''
GRAPH: Graph = graph.read(NOXFILE)
EVIL = "</svg><script>alert(1)</script><img src=x onerror=alert(2)> | `x` \x00\u202e"

_KEYS = (
    "gate",
    "tool",
    "version",
    "examined",
    "rules",
    "findings",
    "reports",
    "errors",
    "file",
    "line",
    "rule",
    "message",
    "id",
    "technique",
    "fate",
    "mutant",
    "killed_by",
    "proof",
    "why",
    "components",
    "type",
    "name",
    "licenses",
    "license",
    "properties",
    "value",
    "verdict",
    "windows",
    "steps",
    "found",
    "effects",
    "total",
    "commits",
    "alerts",
    "memory",
)
# Any JSON value, often with names in it that the report looks for.
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def record(stage: str, started: float, seconds: float, verdict: str = "passed", **more: object) -> Record:
    """A record of one run, which began at 1000."""
    return Record(stage, TAG, verdict, started, seconds, **({"began": 1000.0} | more))  # type: ignore[arg-type]


def records() -> list[Record]:
    """A whole run."""
    return [
        record("lint", 1001.0, 4.0, summary="7 examined", figures={"tools": 2, "reused": 2, "rules": 5, "not_verified": ["no network"]}),
        record("build", 1005.5, 10.0, figures={"bytes": 3e6}),
        record("rollout-proof", 1016.0, 20.0, figures=rollout()),
    ]


def rollout(event: str = "rollback") -> dict[str, Any]:
    """What `rollout-proof` measures."""
    effect = {"event": event, "seconds": 12.4, "requests": 2266, "failed": 0, "p99": 12.2, "reasons": []}
    return {"effects": [effect], "total": {"commits": {TAG: 40}, "failed": 0, "requests": 2266}}


def documents(name: str = "a name") -> dict[str, Any]:
    """One of every document that the report reads, `name` wherever somebody else chooses the words."""
    finding = {"file": f"{name}.py", "line": 3, "rule": name, "message": name, "fix": name, "severity": "high", "resource": ""}
    examined = {"tool": name, "version": "1.0", "examined": ["a", "b"], "rules": 3, "errors": [], "unverified": []}
    return {
        "lint.report.json": {
            "gate": "lint",
            "reports": [examined | {"findings": [finding]}],
            "findings": [finding],
            "excepted": [],
            "errors": [],
        },
        "prove.matrix.json": [{"gate": "lint", "tool": name, "name": name, "fate": "survived", "why": name}],
        "harden.mutants.json": [{"mutant": f"apiserver without {name}", "killed_by": ["1.1"]}, {"mutant": name, "killed_by": []}],
        "harden.controls.json": [{"id": "1.1.1", "title": name, "verdict": "WARN", "found": name, "note": name}],
        "differential.report.json": {"proof": [{"rule": name, "why": ""}]},
        "pentest.attacks.json": [
            {"id": "inside-x", "title": name, "technique": "T1611", "fate": "blocked", "evidence": name},
            {"id": "inside-y", "title": name, "technique": name, "fate": "got through", "evidence": name},
        ],
        "sbom-image.cdx.json": {
            "components": [
                {"type": "library", "name": name, "version": name, "licenses": [{"license": {"name": name}}]},
                {
                    "type": "library",
                    "name": "libc6",
                    "version": "2",
                    "properties": [{"name": "syft:metadata:installedSize", "value": "13223"}],
                },
                {"type": "file", "name": "/x"},
            ]
        },
    }


def evidence(**parts: object) -> Evidence:
    """Evidence of a whole run, parts of it replaced."""
    return Evidence(**({"tag": TAG, "records": tuple(records()), "documents": documents()} | parts))  # type: ignore[arg-type]


def report(found: Evidence | None = None, before: Facts | None = None) -> Report:
    """The model of it."""
    return model.draw(found or evidence(), GRAPH, About("portcullis", 25.0, "Do things"), before)


def put(folder: Path, found: Evidence) -> Path:
    """Write evidence as stages do; return the folder of its commit."""
    mine = folder / found.tag
    mine.mkdir(parents=True, exist_ok=True)
    for each in found.records:
        (mine / f"{each.stage}.json").write_text(json.dumps(asdict(each)))
    for name, document in found.documents.items():
        (mine / name).write_text(json.dumps(document))
    for name, picture in found.pictures.items():
        (mine / name).write_text(picture)
    return mine


def read_back(folder: Path, found: Evidence) -> Evidence:
    """Evidence as it is read from files."""
    return files.read(put(folder, found))
