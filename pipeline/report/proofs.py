"""What was proven by trying the opposite: mutants against the gates, weakenings against the audit, requests against admission, attacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pipeline.page import parts
from pipeline.page.markup import Markup, tag
from pipeline.report import cells, lenient
from pipeline.report.cells import BROKEN, HELD, VOID, Try
from pipeline.report.files import Evidence

_FATES = {"killed": HELD, "survived": BROKEN, "blocked": HELD, "got through": BROKEN, "not live": VOID, "void": VOID}


def planted(found: Evidence) -> list[Try]:
    """The mutants of the gates, by gate and tool."""
    return [
        Try(
            f"{lenient.text(each, 'gate')}: {lenient.text(each, 'tool')}",
            lenient.text(each, "name"),
            _fate(each),
            lenient.text(each, "why"),
        )
        for each in sorted(_rows(found, "prove.matrix.json"), key=lambda each: (lenient.text(each, "gate"), lenient.text(each, "tool")))
    ]


def weakened(found: Evidence) -> list[Try]:
    """The mutants of the audit, by component."""
    told = []
    for each in _rows(found, "harden.mutants.json"):
        name = lenient.text(each, "mutant")
        noticed = lenient.length(each, "killed_by") > 0
        told.append(Try(_component(name), name, HELD if noticed else BROKEN, "" if noticed else "no control noticed it"))
    return by_group(told)


def controls(found: Evidence) -> list[Try]:
    """The controls of the cluster, by the first part of their number."""
    fates = {"PASS": HELD, "WARN": VOID, "FAIL": BROKEN}
    told = []
    for each in _rows(found, "harden.controls.json"):
        number = lenient.text(each, "id")
        fate = fates.get(lenient.text(each, "verdict"), VOID)
        why = f"{lenient.text(each, 'found')}: {lenient.text(each, 'note')}"
        told.append(Try(_part(number), f"{number} {lenient.text(each, 'title')}", fate, why))
    return told


def _component(mutant: str) -> str:
    """What a weakening is of: a program's flags, files, objects, or one of many single settings."""
    first = mutant.partition(" ")[0]
    if first in {"apiserver", "controller-manager", "scheduler", "etcd", "kubelet"}:
        return first
    return "files and folders" if first.startswith("/") else "objects" if first == "another" else "other settings"


def _part(number: str) -> str:
    """The part of the two guides that a control is of."""
    cis = {"1": "1 control plane", "2": "2 etcd", "3": "3 configuration", "4": "4 worker node", "5": "5 policies", "P": "own proofs"}
    first = re.split(r"[.-]", number)[0]
    return cis.get(first, first)


def rules(found: Evidence) -> list[Try]:
    """The rules of admission, each with the proof that it refuses."""
    document = found.documents.get("differential.report.json")
    told = [(lenient.text(each, "rule"), lenient.text(each, "why")) for each in lenient.rows(document, "proof")]
    return [Try("admission", rule, BROKEN if why else HELD, why) for rule, why in told]


def attacks(found: Evidence) -> list[Try]:
    """The attacks of the penetration test, by the first word of their name."""
    told = [
        Try(lenient.text(each, "id").partition("-")[0], lenient.text(each, "title"), _fate(each), lenient.text(each, "evidence"))
        for each in _rows(found, "pentest.attacks.json")
    ]
    return by_group(told)


def by_group(tries: Iterable[Try]) -> list[Try]:
    """The same, each group together."""
    return sorted(tries, key=lambda each: each.group)


def _fate(each: dict[str, Any]) -> str:
    return _FATES.get(lenient.text(each, "fate"), VOID)


def _rows(found: Evidence, name: str) -> list[dict[str, Any]]:
    return lenient.rows({"list": found.documents.get(name)}, "list")


@dataclass(frozen=True)
class Proof:
    """One kind of proof: its name, a sentence, what groups and results are called, the stage that makes it, and how it is read."""

    title: str
    says: str
    headings: tuple[str, str]
    stage: str
    read: Callable[[Evidence], list[Try]]


PROOFS = (
    Proof("Planted violations", "One against every rule of every gate; each has to be refused.", ("gate", "refused"), "prove", planted),
    Proof(
        "Weakened settings", "Each setting of the cluster, weakened; the audit has to notice.", ("component", "noticed"), "harden", weakened
    ),
    Proof("Controls of the cluster", "CIS Kubernetes Benchmark and NSA/CISA guide.", ("part", "pass"), "harden", controls),
    Proof("Rules of admission", "Each was seen to refuse a live request made for it.", ("rules", "proven"), "differential", rules),
    Proof("Attacks", "Each was also made where nothing stops it, to prove that it works.", ("group", "blocked"), "pentest", attacks),
)


def section(title: str, found: Evidence) -> Markup:
    """A card for each proof that left evidence; the others are named with what makes them."""
    read = [(proof, proof.read(found)) for proof in PROOFS]
    drawn = [cells.matrix(proof.title, proof.says, tries, proof.headings) for proof, tries in read if tries]
    missing = ", ".join(dict.fromkeys(f"nox -s {proof.stage}" for proof, tries in read if not tries))
    absent = tag("p", f"Not in this evidence, and made by: {missing}", class_="says") if missing else None
    says = "A check that was never seen to refuse anything proves nothing. Here each one was given what it has to refuse."
    body = [tag("p", says, class_="says"), cells.legend(), tag("div", drawn, class_="flow")] if drawn else None
    return parts.section(title, body, absent)
