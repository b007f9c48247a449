"""The run as JUnit XML, which every CI system shows: a test case for each stage, and one for each that was not reached."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from pipeline.report.model import Report

# What XML cannot hold, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(report: Report) -> str:
    """Return the document."""
    records = {each.stage: each for each in report.evidence.records if each.stage in report.graph.whole}
    cases, failed, skipped = [], 0, 0
    for name in report.graph.whole:
        record = records.get(name)
        inside = ""
        if record is None:
            skipped += 1
            inside = '<skipped message="not reached"/>'
        elif record.verdict != "passed":
            failed += 1
            inside = f"<failure message={_attribute(record.error)} type={_attribute(record.verdict)}/>"
        elif record.summary:
            inside = f"<system-out>{escape(_clean(record.summary))}</system-out>"
        seconds = record.seconds if record else 0
        cases.append(
            f'    <testcase classname={_attribute(report.about.project)} name={_attribute(name)} time="{seconds:.2f}">{inside}</testcase>'
        )
    head = f'tests="{len(cases)}" failures="{failed}" errors="0" skipped="{skipped}" time="{report.timing.seconds:.2f}"'
    suite = [f"  <testsuite name={_attribute(report.about.project)} {head}>", *cases, "  </testsuite>"]
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', "<testsuites>", *suite, "</testsuites>", ""])


def _attribute(value: str) -> str:
    return quoteattr(_clean(value))


def _clean(value: str) -> str:
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", value)
