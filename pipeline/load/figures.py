"""What many answers come to: how many failed, how late they were, who gave them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.load.generator import Answer

_WHICH = re.compile(r'Get "[^"]*": |(?:read|write|dial) tcp \S+(?:->\S+)?: ')


@dataclass(frozen=True)
class Figures:
    """One load in numbers; times in milliseconds."""

    requests: int
    per_second: float
    """Good answers per second of sending."""
    failed: int
    wrong: int
    """Answered with status 200 and another digest: worse than no answer."""
    p50: float
    p99: float
    p999: float
    most: float
    commits: dict[str, int]
    """Good answers by the release that gave them."""
    instances: int
    """Distinct instances that answered."""

    @property
    def error_rate(self) -> float:
        """The share of requests that got no good answer, 0 to 1."""
        return self.failed / self.requests


def of(answers: Sequence[Answer]) -> Figures:
    """Sum answers up. Raises `ValueError` when there are none: a load that was never sent proves nothing."""
    if not answers:
        raise ValueError("no request was sent")
    times = sorted(answer.seconds * 1000 for answer in answers)
    good = [answer for answer in answers if not answer.failed]
    # n requests at a constant rate span n - 1 gaps.
    first, last = min(answer.sent for answer in answers), max(answer.sent for answer in answers)
    span = (last - first) * len(answers) / max(len(answers) - 1, 1)
    return Figures(
        requests=len(answers),
        per_second=round(len(good) / span, 1) if span else 0.0,
        failed=len(answers) - len(good),
        wrong=sum(answer.status == 200 and not answer.right for answer in answers),  # noqa: PLR2004 - the one good status
        p50=percentile(times, 50),
        p99=percentile(times, 99),
        p999=percentile(times, 99.9),
        most=round(times[-1], 2),
        commits=dict(Counter(answer.commit for answer in good)),
        instances=len({answer.instance for answer in good}),
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of values in ascending order: one that was measured, not one in between."""
    return round(ordered[max(math.ceil(len(ordered) * share / 100), 1) - 1], 2)


def reasons(answers: Sequence[Answer]) -> list[str]:
    """Why requests failed, the most frequent first, in words with their number; which text and which port it was makes no other reason."""
    causes = Counter(
        _WHICH.sub("", answer.error) or f"status {answer.status}, body {'right' if answer.right else 'wrong'}"
        for answer in answers
        if answer.failed
    )
    return [f"{count} x {cause}" for cause, count in causes.most_common()]
