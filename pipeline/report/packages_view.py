"""What the image is made of: every package with its version, its licences and its weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.page import chart, parts, quantity
from pipeline.page.figure import table
from pipeline.page.markup import Markup, tag
from pipeline.report import difference, lenient
from pipeline.report.files import Evidence

_SIZE, _MOST_LICENCES = "syft:metadata:installedSize", 3


def weights(found: Evidence) -> dict[str, float | None]:
    """Bytes of each package, None where nobody told: heaviest first."""
    measured = lenient.find(found.figures("attest"), "weights")
    told = {lenient.text(each, "name"): _weight(each, measured) for each in difference.libraries(found)}
    return dict(sorted(told.items(), key=lambda pair: (-(pair[1] or 0), pair[0])))


def _weight(component: dict[str, Any], measured: Any) -> float | None:  # noqa: ANN401 - as it lies in the record
    if (known := lenient.number(measured, lenient.text(component, "name"))) is not None:
        return known
    told = next((lenient.text(each, "value") for each in lenient.rows(component, "properties") if each.get("name") == _SIZE), "")
    return float(told) * 1024 if told.isascii() and told.isdigit() and len(told) < 12 else None  # noqa: PLR2004 - a terabyte


def section(title: str, found: Evidence) -> Markup:
    """A bar for each package."""
    heavy = weights(found)
    if not heavy:
        return parts.section(title, tag("p", "No bill of materials: nox -s attest", class_="empty"))
    named = {lenient.text(each, "name"): each for each in difference.libraries(found)}
    most = max((value for value in heavy.values() if value), default=1.0)
    rows: list[list[object]] = [
        [
            name,
            tag("code", lenient.text(named[name], "version")),
            _licences(named[name]),
            tag("span", quantity.show(value, "bytes") if value is not None else "not told", class_="figure"),
            chart.bar(value, most),
        ]
        for name, value in heavy.items()
    ]
    whole = lenient.number(found.figures("build"), "bytes")
    said = f"{len(heavy)} packages" + (f" in an image of {quantity.size(whole)}" if whole else "")
    tools = lenient.number(found.figures("attest"), "modules")
    said += f"; the tools that made it are {quantity.number(tools)} packages more" if tools else ""
    unknown = sum(value is None for value in heavy.values())
    said += ". Weights are what Debian's packages declare and what the files of Python's packages take"
    said += f"; {unknown} packages are not weighed." if unknown else "."
    level = lenient.text(found.figures("attest"), "level")
    drawn = parts.scroll(table(["package", "version", "licences", "weight", "drawn"], rows), f"{title}: table")
    return parts.section(
        title, tag("p", said, class_="says"), tag("p", level, class_="says") if level else None, parts.card(drawn, wide=True)
    )


def _licences(component: Mapping[str, Any]) -> str:
    names = [_licence(each) for each in lenient.rows(component, "licenses")]
    known = [name for name in names if name and not name.startswith("sha256:")]
    more = f" and {len(known) - _MOST_LICENCES} more" if len(known) > _MOST_LICENCES else ""
    return ", ".join(known[:_MOST_LICENCES]) + more or "in its files"


def _licence(each: dict[str, Any]) -> str:
    return lenient.text(each, "expression") or lenient.text(each, "license", "id") or lenient.text(each, "license", "name")
