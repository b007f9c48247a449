"""The report as Markdown, for the summary of a CI run and for pull requests: the same model, shorter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.page import quantity
from pipeline.report import attack_map, gates, page, proofs
from pipeline.report.cells import HELD
from pipeline.report.model import Report

_SIGNS = {
    "ok": "\N{WHITE HEAVY CHECK MARK}",
    "warn": "\N{WARNING SIGN}\N{VARIATION SELECTOR-16}",
    "bad": "\N{CROSS MARK}",
    "unknown": "\N{BLACK QUESTION MARK ORNAMENT}",
}
_VERDICTS = {"passed": _SIGNS["ok"], "failed": _SIGNS["bad"], "interrupted": _SIGNS["warn"]}
_MOST = 30
# Whatever Markdown or the HTML in it could be made of.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~@&$])")


def write(report: Report) -> str:
    """Return the document."""
    judged = report.verdict
    head = [
        f"# {_SIGNS[judged.level]} {text(judged.sentence)}",
        "",
        f"Commit `{code(report.evidence.tag)}` {text(report.about.subject)}".rstrip(),
        "",
    ]
    head += [f"**{text(judged.cause)}**", ""] if judged.cause else []
    head += [f"Next: `{code(judged.fix)}`", ""] if judged.fix else []
    head += [f"- {text(note)}" for note in judged.notes]
    parts = [head, _numbers(report), _stages(report), _findings(report), _proofs(report), _changes(report), _unverified(report)]
    return "\n".join(line for part in parts if part for line in [*part, ""])


def text(value: object) -> str:
    """A value as text of one line, whatever is in it."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(value).split()))


def code(value: object) -> str:
    """A value as code of one line: a backtick would end it."""
    return " ".join(str(value).replace("`", "'").replace("|", "\N{BROKEN BAR}").split())


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}", *(f"| {' | '.join(row)} |" for row in rows)]


def _numbers(report: Report) -> list[str]:
    told = page.figures(report)
    return (
        _table([text(name) for name, _, _ in told], [[f"**{text(value)}**" for _, value, _ in told], [text(note) for _, _, note in told]])
        if told
        else []
    )


def _stages(report: Report) -> list[str]:
    path = set(report.timing.critical)
    rows = [
        [
            _VERDICTS[bar.record.verdict],
            f"**{text(bar.record.stage)}**" if bar.record.stage in path else text(bar.record.stage),
            text(quantity.seconds(bar.record.seconds)),
            text(bar.reused),
            text((bar.record.summary or bar.record.error)[:200]),
        ]
        for bar in report.timing.bars
    ]
    return (
        ["## Stages", "", "Bold: on the critical path.", "", *_table(["", "stage", "took", "reused", "what it did"], rows)] if rows else []
    )


def _findings(report: Report) -> list[str]:
    told = gates.open_findings(report.evidence)
    rows = [
        [text(gate), f"`{code(gates.place(each))}`", text(each.get("rule", "")), text(each.get("message", ""))]
        for gate, each in told[:_MOST]
    ]
    return [f"## {len(told)} open findings", "", *_table(["gate", "where", "rule", "what"], rows)] if rows else []


def _proofs(report: Report) -> list[str]:
    found = report.evidence
    read = [(proof.title, proof.read(found)) for proof in proofs.PROOFS]
    lines = [f"- {text(name)}: {sum(each.fate == HELD for each in tries)} of {len(tries)}" for name, tries in read if tries]
    techniques = attack_map.counts(found)
    lines += [f"- techniques of ATT&CK tried: {len(techniques)}"] if techniques else []
    return ["## Proofs", "", *lines] if lines else []


def _changes(report: Report) -> list[str]:
    rows = [[text(each.kind), text(each.what), text(each.before), text(each.now)] for each in report.changes if each.kind != "figure"][
        :_MOST
    ]
    return ["## Since the run before", "", *_table(["kind", "what", "before", "now"], rows)] if rows else []


def _unverified(report: Report) -> list[str]:
    lines = [f"- {text(stage)}: {text(fact)}" for stage, fact in report.unverified]
    return ["## Not verified", "", *lines] if lines else []
