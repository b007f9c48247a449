"""The same panels for those who run Grafana: one JSON file, made of the page's own queries, that any Grafana from version 10 on imports.

Source: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.dashboard.panels import Panel, Query, panels
from pipeline.settings import Settings
from pipeline.workspace import Workspace

FILE = "docs/grafana.json"
RELEASE_BEGAN = "max by (commit) (service_build_info unless service_build_info offset 1m)"
_RATE = "$__rate_interval"  # Grafana's own: at least four scrapes
_UNITS = {
    "per second": "reqps",
    "ratio": "percentunit",
    "seconds": "s",
    "bytes": "bytes",
    "cores": "none",
    "count": "none",
    "times": "none",
}
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_WIDTH, _HEIGHT = 12, 8


def text(settings: Settings) -> str:
    """The file's content."""
    return json.dumps(dashboard(settings), indent=2, ensure_ascii=False) + "\n"


def write(place: Workspace) -> list[Path]:
    """Write the file where it differs, and return it if it did."""
    file, content = place.root / FILE, text(place.settings)
    if file.is_file() and file.read_text("utf-8") == content:
        return []
    store.write(file, content)
    return [file]


def dashboard(settings: Settings) -> dict[str, Any]:
    """The whole dashboard."""
    return {
        "title": f"{settings.project}: service status",
        "uid": f"{settings.project}-status",
        "tags": [settings.project],
        "schemaVersion": 39,
        "timezone": "utc",
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "graphTooltip": 1,
        "templating": {"list": [{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]},
        "annotations": {"list": [_releases()]},
        "panels": _laid_out(panels(settings)),
    }


def _releases() -> dict[str, Any]:
    """A mark wherever a release began to answer."""
    return {
        "name": "releases",
        "datasource": _SOURCE,
        "enable": True,
        "iconColor": "blue",
        "expr": RELEASE_BEGAN,
        "titleFormat": "{{commit}}",
        "step": "60s",
    }


def _laid_out(wanted: Sequence[Panel]) -> list[dict[str, Any]]:
    """Two beside each other, a wide one alone."""
    drawn: list[dict[str, Any]] = []
    x = y = 0
    for number, panel in enumerate(wanted, 1):
        width = 2 * _WIDTH if panel.wide else _WIDTH
        if x + width > 2 * _WIDTH:
            x, y = 0, y + _HEIGHT
        drawn.append(_panel(number, panel) | {"gridPos": {"x": x, "y": y, "w": width, "h": _HEIGHT}})
        x += width
    return drawn


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    targets = [_target(index, query, panel) for index, query in enumerate((*panel.queries, *panel.limits))]
    common = {"id": number, "title": panel.title, "description": panel.says, "datasource": _SOURCE, "targets": targets}
    if panel.kind == "heat":
        return common | {
            "type": "heatmap",
            "options": {"calculate": False, "color": {"scheme": "Blues", "mode": "scheme"}, "yAxis": {"unit": "s"}},
        }
    custom = {
        "lineInterpolation": "stepAfter" if panel.kind == "steps" else "linear",
        "stacking": {"mode": "normal" if panel.kind == "stacked" else "none"},
        "fillOpacity": 60 if panel.kind == "stacked" else 0,
        "spanNulls": False,  # a gap stays a gap
    }
    defaults = {"unit": _UNITS[panel.unit], "min": 0, "custom": custom, "color": {"mode": "palette-classic-by-name"}}
    return common | {
        "type": "timeseries",
        "fieldConfig": {"defaults": defaults, "overrides": [_dashed(limit.name) for limit in panel.limits]},
    }


def _target(index: int, query: Query, panel: Panel) -> dict[str, Any]:
    name = query.name or f"{{{{{query.labels[0]}}}}}"
    form = "heatmap" if panel.kind == "heat" else "time_series"
    return {"refId": chr(ord("A") + index), "expr": query.over(_RATE), "legendFormat": name, "format": form, "datasource": _SOURCE}


def _dashed(name: str) -> dict[str, Any]:
    """A limit is a dashed line and no layer of a stack."""
    style = [
        {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 6]}},
        {"id": "custom.fillOpacity", "value": 0},
        {"id": "custom.stacking", "value": {"mode": "none"}},
    ]
    return {"matcher": {"id": "byName", "options": name}, "properties": style}
