"""The parts of the page that are lists and tables: alerts, burn rates, releases, targets."""

from __future__ import annotations

from pipeline.dashboard import alerts as alerting
from pipeline.dashboard.alerts import Alert
from pipeline.dashboard.objective import AVAILABILITY
from pipeline.dashboard.releases import Shipped
from pipeline.dashboard.snapshot import Snapshot
from pipeline.page import chart, icons, parts, quantity
from pipeline.page.figure import table
from pipeline.page.markup import Markup, link, tag

# The page lies in evidence/<commit>, and rules name the runbook from the top of the tree.
_TO_TREE = "../../"
_HASH = 12
_VERDICTS = {"passed": "ok", "failed": "bad"}


def alerts(seen: Snapshot) -> Markup:
    """What alarms now, or that nothing does and that an alarm would be heard."""
    serious = alerting.serious(seen.alerts)
    if serious:
        groups = {each.name: [other for other in serious if other.name == each.name] for each in serious}
        return parts.section("Alerts", tag("ul", [_alert(group, seen.taken) for group in groups.values()], class_="alerts"))
    heard = seen.heard and alerting.watched(seen.alerts)
    said = (
        "Nothing alarms, and the watchdog is heard: an alert would arrive."
        if heard
        else "Nothing alarms, but an alert might not arrive either."
    )
    level = "ok" if heard else "warn"
    return parts.section("Alerts", tag("p", icons.state(level, said)))


def _alert(group: list[Alert], now: float) -> Markup:
    """The alerts of one rule, the worst first: what is felt of each, and where to read on."""
    worst = group[0]
    level = "unknown" if worst.pending or worst.silenced else "bad" if worst.pages else "warn"
    how = "silenced" if worst.silenced else "pending" if worst.pending else worst.severity or "no severity"
    head = tag("p", icons.state(level, worst.name), f" {how}, for {quantity.seconds(max(now - min(each.since for each in group), 0))}")
    said = dict.fromkeys(each.summary for each in group)
    felt = tag("p", *said) if len(said) == 1 else tag("ul", [tag("li", each) for each in said])
    where = (
        tag("p", link("What to do (runbook)", f"{_TO_TREE}{worst.runbook}"))
        if worst.runbook
        else tag("p", "It has no runbook.", class_="says")
    )
    return tag("li", head, felt, where, class_=f"alert {level}")


def burn(seen: Snapshot) -> Markup:
    """The burn rates that alerts look at, each against its limit."""
    rows = [
        [
            f"last {window}",
            quantity.show(seen.burn.get(window), "times"),
            f"{limit:g}\N{MULTIPLICATION SIGN}",
            chart.bar(seen.burn.get(window), 1.5 * limit, limit),
        ]
        for window, limit in AVAILABILITY.burns
    ]
    drawn = table(["window", "burn rate", "limit", "against the limit"], rows)
    says = tag("p", "An alert fires when a long window and a short one are both above their limit.", class_="says")
    return parts.card(tag("h3", "Burn rate by window"), says, parts.scroll(drawn, "Burn rate by window: table"), wide=True)


def releases(seen: Snapshot) -> Markup:
    """The last deployments, newest first."""
    if not seen.releases:
        return parts.section("Releases", tag("p", "No deployment of this clone has left a record: nox -s deploy", class_="empty"))
    headings = ["commit", "what", "when", "took", "verdict"]
    drawn = table(headings, [_release(each) for each in seen.releases])
    return parts.section("Releases", parts.card(parts.scroll(drawn, "Releases: table")))


def _release(each: Shipped) -> list[object]:
    level = _VERDICTS.get(each.verdict, "unknown")
    said = f"{each.verdict}, serves" if each.newest and each.verdict == "passed" else each.verdict
    subject = each.subject or "unknown to Git here"
    return [
        tag("code", each.commit[:_HASH]),
        subject,
        quantity.moment(each.began)[:16],
        quantity.seconds(each.seconds),
        icons.state(level, said),
    ]


def targets(seen: Snapshot) -> Markup:
    """What is watched, what cannot be read first."""
    if not seen.targets:
        return parts.section("Targets", tag("p", "Prometheus watches nothing.", class_="empty"))
    rows = [
        [
            each.job,
            tag("code", each.instance),
            icons.state("ok", "up") if each.up else icons.state("bad", f"cannot be read: {each.error}" if each.error else "cannot be read"),
        ]
        for each in seen.targets
    ]
    up = sum(each.up for each in seen.targets)
    drawn = table(["job", "instance", "state"], rows, caption=f"{up} of {len(rows)} targets are up")
    return parts.section("Targets", parts.card(parts.scroll(drawn, "Targets: table")))
