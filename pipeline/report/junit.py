"""The run as JUnit XML, which every CI system shows: a test case for each stage, and one for each that was not reached."""

from __future__ import annotations

from pipeline.evidence import Record
from pipeline.page.markup import Markup, tag
from pipeline.report.model import Report


def write(report: Report) -> str:
    """Return the document."""
    records = {each.stage: each for each in report.evidence.records if each.stage in report.graph.whole}
    project, stages = report.about.project, report.graph.whole
    cases = [_case(project, name, records.get(name)) for name in stages]
    suite = tag(
        "testsuite",
        [["\n    ", case] for case in cases],
        "\n  ",
        name=project,
        tests=len(stages),
        failures=sum(each.verdict != "passed" for each in records.values()),
        errors=0,
        skipped=len(stages) - len(records),
        time=_seconds(report.timing.seconds),
    )
    whole = tag("testsuites", "\n  ", suite, "\n")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{whole}\n'


def _case(project: str, stage: str, record: Record | None) -> Markup:
    return tag("testcase", _outcome(record), classname=project, name=stage, time=_seconds(record.seconds if record else 0.0))


def _outcome(record: Record | None) -> Markup | None:
    """What stands in a case: nothing in one that passed and said nothing."""
    if record is None:
        return tag("skipped", message="not reached")
    if record.verdict != "passed":
        return tag("failure", message=record.error, type=record.verdict)
    return tag("system-out", record.summary) if record.summary else None


def _seconds(value: float) -> str:
    return f"{value:.2f}"
