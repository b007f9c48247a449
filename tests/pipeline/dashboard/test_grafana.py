"""Grafana's file is what the panels say, and nothing of the page's own words is left in its queries."""

import json

from pipeline import workspace
from pipeline.dashboard import grafana, panels

PLACE = workspace.locate()
DRAWN = json.loads(grafana.text(PLACE.settings))["panels"]


def test_the_committed_file_is_what_the_panels_say() -> None:
    committed = (PLACE.root / grafana.FILE).read_text("utf-8")
    assert committed == grafana.text(PLACE.settings), "nox -s dashboard -- --grafana"


def test_every_query_of_every_panel_is_in_it_once() -> None:
    wanted = panels.panels(PLACE.settings)
    assert [each["title"] for each in DRAWN] == [panel.title for panel in wanted]
    for each, panel in zip(DRAWN, wanted, strict=True):
        expected = [query.over("$__rate_interval") for query in (*panel.queries, *panel.limits)]
        assert [target["expr"] for target in each["targets"]] == expected
        assert len({target["refId"] for target in each["targets"]}) == len(expected)


def test_no_two_panels_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for each in DRAWN:
        place = each["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells
