"""The report as one HTML page: verdict first, then the run in time, then everything that it is drawn from."""

from __future__ import annotations

from pipeline.page import document, icons, parts, quantity
from pipeline.page.figure import table
from pipeline.page.markup import Markup, tag
from pipeline.report import attack_map, gates, gates_view, lenient, packages_view, proofs, service_view, timing_view
from pipeline.report.model import Report
from pipeline.report.timing_view import LEVELS

_HASH, _MOST_CHANGES = 12, 60
STAGES, GATES, PROOFS, ATTACKS, LOAD, ROLLOUT = "Stages", "Gates", "Proofs", "Attacks by technique", "Load", "Releases under load"
WATCH, PACKAGES, CHANGES, UNVERIFIED, ASKED = "Watching", "Packages", "Since the run before", "Not verified", "On request"
TITLES = (STAGES, GATES, PROOFS, ATTACKS, LOAD, ROLLOUT, WATCH, PACKAGES, CHANGES, UNVERIFIED, ASKED)


def page(report: Report) -> str:
    """Return the whole document."""
    found = report.evidence
    main = tag(
        "main",
        _verdict(report),
        tiles(report),
        timing_view.section(STAGES, report.timing, report.graph),
        gates_view.section(GATES, found),
        proofs.section(PROOFS, found),
        attack_map.section(ATTACKS, found),
        service_view.load(LOAD, found, report.about.promised_ms),
        service_view.rollout(ROLLOUT, found),
        service_view.alerts(WATCH, found),
        packages_view.section(PACKAGES, found),
        _changes(report),
        _unverified(report),
        _asked(report),
    )
    made = "Made by nox -s report from the records beside this file; it asks nobody for anything. Logs with every command lie there, too."
    body = [parts.top(report.about.project, "run report", TITLES), main, tag("footer", tag("p", made))]
    return document.document(f"{report.verdict.sentence} - {report.about.project}", *body)


def _verdict(report: Report) -> Markup:
    judged = report.verdict
    subject = f" \N{EM DASH} {report.about.subject}" if report.about.subject else ""
    about = tag("p", "Commit ", tag("code", report.evidence.tag), subject)
    cause = tag("p", judged.cause, class_="cause") if judged.cause else None
    fix = tag("p", "Next: ", tag("code", judged.fix)) if judged.fix else None
    notes = tag("ul", [tag("li", note) for note in judged.notes]) if judged.notes else None
    asof = f"Run of {quantity.moment(report.timing.began)}, {quantity.seconds(report.timing.seconds)}." if report.timing.bars else "No run."
    return parts.verdict(judged.level, judged.sentence, cause, fix, about, notes, tag("p", asof, class_="asof"))


def figures(report: Report) -> list[tuple[str, str, str]]:
    """The few numbers that tell most: name, value, note. What was not measured is left out."""
    found = report.evidence
    tests = sum(lenient.count(each.figures, "tests") for each in found.records if each.stage in report.graph.whole)
    rules = sum(lenient.count(each.figures, "rules") for each in found.records if each.stage in gates.reports(found))
    opened = len(gates.open_findings(found))
    excepted = sum(lenient.length(each, "excepted") for each in gates.reports(found).values())
    pentest, harden, rollout = found.figures("pentest"), found.figures("harden"), found.figures("rollout-proof")
    window = (lenient.rows(found.figures("load"), "windows") or [{}])[-1]
    lost = lenient.number(rollout, "total", "failed")
    size, p99 = lenient.number(found.figures("build"), "bytes"), lenient.number(window, "p99")
    passed = sum(bar.record.verdict == "passed" for bar in report.timing.bars)
    told = [
        ("stages passed", f"{passed} of {len(report.timing.bars)}", quantity.seconds(report.timing.seconds))
        if report.timing.bars
        else None,
        ("open findings", quantity.number(opened), f"{excepted} excepted, {rules} rules") if gates.reports(found) else None,
        ("tests passed", quantity.number(tests), "fast and of the image") if tests else None,
        ("attacks blocked", _of(pentest, "blocked", "attacks"), "each proven live") if pentest else None,
        ("controls", quantity.show(lenient.number(harden, "controls", "PASS"), "count"), "CIS and own, pass") if harden else None,
        ("99 of 100 within", quantity.seconds(p99 / 1000), f"promised {report.about.promised_ms:g} ms") if p99 is not None else None,
        ("lost in releases", quantity.number(lost), f"of {quantity.show(lenient.number(rollout, 'total', 'requests'), 'count')} requests")
        if lost is not None
        else None,
        ("image", quantity.size(size), f"{len(packages_view.weights(found))} packages") if size else None,
    ]
    return [each for each in told if each]


def _of(figures_: object, part: str, whole: str) -> str:
    known, all_ = lenient.number(figures_, part), lenient.number(figures_, whole)
    return quantity.MISSING if known is None else f"{known:g}" if known == all_ else f"{known:g} of {quantity.show(all_, 'count')}"


def tiles(report: Report) -> Markup:
    """The numbers, each on a field of its own."""
    drawn = [
        tag("div", tag("dt", name), tag("dd", value, class_="value"), tag("dd", note, class_="note"), class_="tile")
        for name, value, note in figures(report)
    ]
    return tag("dl", drawn, class_="few tiles") if drawn else Markup()


def _changes(report: Report) -> Markup:
    if report.before is None:
        return parts.section(CHANGES, tag("p", "There is no earlier run in this clone to compare with.", class_="empty"))
    before = report.before
    which = "the same commit" if before.tag == report.evidence.tag else "commit"
    code = None if before.tag == report.evidence.tag else tag("code", before.tag[:_HASH])
    says = tag("p", f"Compared with {which} ", code, f", run of {quantity.moment(before.began)}.", class_="says")
    rows: list[list[object]] = [
        [each.kind, tag("span", each.what, class_="words"), each.before or "\N{EN DASH}", each.now or "\N{EN DASH}"]
        for each in report.changes[:_MOST_CHANGES]
    ]
    if not rows:
        return parts.section(CHANGES, says, tag("p", "Nothing that is compared has changed.", class_="empty"))
    more = len(report.changes) - _MOST_CHANGES
    rest = tag("p", f"{more} more changes of figures are not shown.", class_="says") if more > 0 else None
    drawn = parts.scroll(table(["kind", "what", "before", "now"], rows), f"{CHANGES}: table")
    return parts.section(CHANGES, says, parts.card(drawn, rest, wide=True))


def _unverified(report: Report) -> Markup:
    told = report.unverified
    if not told:
        return parts.section(UNVERIFIED, tag("p", icons.state("ok", "Every check could be made.")))
    items = [tag("li", tag("b", stage), f": {fact}") for stage, fact in told]
    says = tag("p", "What could not be checked here is told, and is no pass; in CI it is red.", class_="says")
    return parts.section(UNVERIFIED, says, tag("div", tag("ul", items, class_="plain"), class_="alert unknown"))


def _asked(report: Report) -> Markup:
    mine = [each for each in report.evidence.records if each.stage not in (*report.graph.whole, "summary", "report")]
    if not mine:
        return parts.section(ASKED, tag("p", "No stage beside a whole run was asked for.", class_="empty"))
    rows: list[list[object]] = [
        [
            each.stage,
            icons.state(LEVELS[each.verdict], each.verdict),
            quantity.seconds(each.seconds),
            quantity.moment(each.started)[:16],
            tag("span", each.summary or each.error, class_="words"),
        ]
        for each in mine
    ]
    drawn = parts.scroll(table(["stage", "verdict", "took", "when (UTC)", "what it did"], rows), f"{ASKED}: table")
    return parts.section(ASKED, parts.card(drawn, wide=True))
