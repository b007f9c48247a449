"""Service level objectives: one file says what is promised; recording rules and burn-rate alerts are generated from it.

Requests and bad requests are recorded as rates over a minute, at every step, and their averages once a minute. Every longer window is a sum
over these: one over raw counters would read every sample of every instance for three days, each minute.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import UsageError

FILE = "terraform/monitoring/objectives.toml"
STEP_SECONDS = 10
"""How often rates are recorded and pages are decided."""
_MINUTE = 60
_RATE_SECONDS = 60
_NAMESPACE = "hash"
_FAST_SECONDS = 3600  # windows up to this one are recorded at every step
_SHORT_SECONDS = 300
_LEAST_BAD = 10  # requests: one failure of three at night is no reason to wake anybody
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FIX = f"correct {FILE}"


@dataclass(frozen=True)
class Objective:
    """A promise: how many of a hundred requests are good, which are asked, and what those feel that are not."""

    name: str
    percent: float
    feels: str
    total: str
    good: str = ""
    bad: str = ""

    @property
    def budget(self) -> float:
        """The share of requests that may be bad."""
        return (100 - self.percent) / 100


@dataclass(frozen=True)
class Burn:
    """A pace of spending the budget at which somebody is told: `times` the allowed one, or `failing` percent of all requests."""

    severity: str
    long: str
    short: str
    times: float = 0
    failing: float = 0

    def share(self, objective: Objective) -> float:
        """The share of bad requests above which it is told, to ten digits: floating point has more and means none of them."""
        return round(self.failing / 100 or self.times * objective.budget, 10)


@dataclass(frozen=True)
class Promises:
    """The whole file."""

    requests: str
    days: int
    objectives: tuple[Objective, ...]
    burns: tuple[Burn, ...]


def load(root: Path) -> Promises:
    """Read the objectives of the project in `root`. Raises `UsageError` naming what is wrong with them."""
    path = root / FILE
    try:
        return parse(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{FILE} is not readable ({error})", fix=f"git checkout {FILE}") from error


def parse(table: Mapping[str, Any]) -> Promises:
    """Check a table of objectives. Raises `UsageError` for one that could never, or would always, alert."""
    try:
        objectives = tuple(Objective(name, **values) for name, values in table["objective"].items())
        burns = tuple(Burn(**values) for values in table["burn"])
        found = Promises(table["requests"], table["days"], objectives, burns)
        faults = [*(fault for each in objectives for fault in _unfit(each)), *(fault for each in burns for fault in _misfit(each, found))]
    except (TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"the objectives are incomplete or have an unknown key: {error}", fix=_FIX) from error
    if not objectives or not burns:
        faults.append("there is no objective, or no burn rate")
    if faults:
        raise UsageError("; ".join(faults), fix=_FIX)
    return found


def _unfit(each: Objective) -> list[str]:
    faults = [] if 0 < each.percent < 100 else [f"{each.name}: {each.percent} percent is no promise that can be kept and broken"]  # noqa: PLR2004
    return faults + ([] if bool(each.good) != bool(each.bad) else [f"{each.name}: say which requests are good or which are bad, not both"])


def _misfit(each: Burn, promises: Promises) -> list[str]:
    faults = [] if bool(each.times) != bool(each.failing) else [f"{each.long}: give times or failing"]
    if not seconds(each.short) < seconds(each.long) <= promises.days * _UNITS["d"]:
        faults.append(f"{each.long} and {each.short} are no long and short window")
    faults += [f"{each.long}: more than all of the requests of {o.name}" for o in promises.objectives if each.share(o) >= 1]
    return faults


def seconds(window: str) -> int:
    """The length of a window as Prometheus writes it. Raises `UsageError` for anything else."""
    if not re.fullmatch(r"[1-9]\d*[smhd]", window):
        raise UsageError(f"{window!r} is no window", fix=_FIX)
    return int(window[:-1]) * _UNITS[window[-1]]


def reacts_after(burn: Burn, objective: Objective, bad: float) -> float:
    """Seconds until the long window shows the burn, when the share `bad` of a steady stream of requests fails from one moment on.

    The recorded rate lags by half of its own minute. Scraping, evaluation and delivery come on top.
    """
    return _RATE_SECONDS / 2 + burn.share(objective) / bad * seconds(burn.long)


def groups(promises: Promises) -> list[dict[str, Any]]:
    """The rule groups of all objectives."""
    windows = sorted({window for burn in promises.burns for window in (burn.long, burn.short)} - {"1m"}, key=seconds)
    fast = [window for window in windows if seconds(window) <= _FAST_SECONDS]
    slow = [window for window in windows if seconds(window) > _FAST_SECONDS]
    rates = [rule for each in promises.objectives for rule in _rates(each, promises.requests)]
    alerts = [_alert(each, burn) for each in promises.objectives for burn in promises.burns]
    return [
        _group("slo-fast", STEP_SECONDS, [*rates, *(_ratio(window) for window in ("1m", *fast))]),
        _group("slo-slow", _MINUTE, [*_minutes(), *(_ratio(window) for window in slow)]),
        _group("slo-alerts", STEP_SECONDS, alerts),
    ]


def _group(name: str, interval: int, rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"name": name, "interval": f"{interval}s", "rules": list(rules)}


def _rates(each: Objective, requests: str) -> list[dict[str, Any]]:
    total = f"sum(rate({_selected(each.total, requests)}[1m]))"
    # A status that was never answered has no series: then nothing is bad, which is not the same as nothing being known.
    bad = f"sum(rate({_selected(each.bad, requests)}[1m]))\nor 0 * {total}" if each.bad else ""
    bad = bad or f"{total}\n- sum(rate({_selected(each.good, requests)}[1m]))"
    labels = {"objective": each.name}
    return [
        {"record": "slo:requests:rate1m", "expr": total, "labels": labels},
        {"record": "slo:bad:rate1m", "expr": bad, "labels": labels},
    ]


def _selected(metric: str, requests: str) -> str:
    name, _, own = metric.partition("{")
    return f"{name}{{{','.join(filter(None, (requests, own.removesuffix('}'))))}}}"


def _minutes() -> list[dict[str, Any]]:
    return [{"record": f"slo:{what}:minute", "expr": f"avg_over_time(slo:{what}:rate1m[1m])"} for what in ("requests", "bad")]


def _recorded(window: str) -> tuple[str, int]:
    """Which series a window is made of, and how many seconds lie between its samples."""
    return ("rate1m", STEP_SECONDS) if seconds(window) <= _FAST_SECONDS else ("minute", _MINUTE)


def _ratio(window: str) -> dict[str, Any]:
    """The share of bad requests. Without requests there is none.

    A long window of which less than half was watched tells nothing: ten bad minutes of a new Prometheus are no six bad hours. A short one
    tells at once, for after an outage nobody may have to wait.
    """
    series, step = _recorded(window)
    expr = f"sum_over_time(slo:bad:{series}[{window}])\n/ (sum_over_time(slo:requests:{series}[{window}]) > 0)"
    if seconds(window) > _SHORT_SECONDS:
        expr += f"\nand count_over_time(slo:requests:{series}[{window}]) >= {seconds(window) // step // 2}"
    return {"record": f"slo:bad:ratio{window}", "expr": "slo:bad:rate1m / (slo:requests:rate1m > 0)" if window == "1m" else expr}


def _alert(each: Objective, burn: Burn) -> dict[str, Any]:
    share, page = burn.share(each), burn.severity == "page"
    name = f"{each.name.capitalize()}Burns{'Fast' if page else 'Slowly'}"
    expr = "\nand ".join(f'slo:bad:ratio{window}{{objective="{each.name}"}} > {share:g}' for window in (burn.long, burn.short))
    series = _recorded(burn.long)[0]
    expr += f'\nand avg_over_time(slo:bad:{series}{{objective="{each.name}"}}[{burn.long}]) * {seconds(burn.long)} >= {_LEAST_BAD}'
    return {
        "alert": name,
        "expr": expr,
        "for": "0s",
        "labels": {"severity": burn.severity, "layer": "service", "namespace": _NAMESPACE, "window": burn.long},
        "annotations": {
            "summary": f"In the last {burn.long}, {{{{ $value | humanizePercentage }}}} of the requests were bad: {each.feels}.",
            "runbook_url": f"docs/runbook.md#{name.lower()}",
        },
    }
