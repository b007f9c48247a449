"""Manifests, image and objectives say what the settings say, and are made to by one command."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline import questions, workspace
from pipeline.adopt import places
from pipeline.errors import UsageError
from pipeline.monitoring import objectives

PLACE = workspace.locate()
SERVICE = PLACE.settings.service
OTHER = replace(
    SERVICE,
    ready_path="/are/you/ready",
    live_path="/are/you/alive",
    metrics_path="/told",
    port=9700,
    metrics_port=9701,
    commit_header="X-Release",
)


def copy(folder: Path) -> Path:
    for name in {place.file for place in places.places(SERVICE)}:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PLACE.root / name, folder / name)
    return folder


def container(root: Path) -> dict[str, Any]:
    text = (root / "terraform/manifests/base/deployment.yaml").read_text("utf-8")
    (found,) = yaml.safe_load(text)["spec"]["template"]["spec"]["containers"]
    return dict(found)


def test_this_tree_says_the_same_everywhere() -> None:
    stale = [str(path) for path, text in places.settled(PLACE.root, SERVICE).items() if path.read_text("utf-8") != text]
    assert stale == [], "run `python -m pipeline adopt`"


def test_other_settings_reach_every_place_and_only_once(tmp_path: Path) -> None:
    root = copy(tmp_path)
    assert len(places.write(root, OTHER)) == len({place.file for place in places.places(OTHER)})
    assert places.write(root, OTHER) == []
    ready, live = "http://pod:9700/are/you/ready", "http://pod:9700/are/you/alive"
    assert questions.probes(container(root), "pod") == {"startupProbe": ready, "readinessProbe": ready, "livenessProbe": live}
    assert [port["containerPort"] for port in container(root)["ports"]] == [9700, 9701]
    assert objectives.load(root).requests == 'job="hash",route!~"/are/you/alive|/are/you/ready"'
    recipe = (root / "Dockerfile").read_text("utf-8")
    assert " PORT=9700 METRICS_PORT=9701\n" in recipe
    assert "\nEXPOSE 9700 9701\n" in recipe
    scraped = (root / "terraform/monitoring/manifests/prometheus/prometheus.yaml").read_text("utf-8")
    assert [job.get("metrics_path") for job in yaml.safe_load(scraped)["scrape_configs"] if job["job_name"] == "hash"] == ["/told"]


def test_there_and_back_is_as_it_was(tmp_path: Path) -> None:
    root = copy(tmp_path)
    before = {path: path.read_bytes() for path in places.settled(root, SERVICE)}
    places.write(root, OTHER)
    places.write(root, SERVICE)
    assert {path: path.read_bytes() for path in before} == before


def test_a_file_without_a_place_for_a_setting_is_named(tmp_path: Path) -> None:
    root = copy(tmp_path)
    (root / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(UsageError, match=r"Dockerfile has no place like .* for \d+ -> git log -p Dockerfile"):
        places.write(root, SERVICE)


@given(st.from_regex(r"/[A-Za-z0-9/_.-]{0,30}", fullmatch=True), st.integers(1024, 65534))
def test_any_path_and_port_can_be_settled(path: str, port: int) -> None:
    service = replace(SERVICE, ready_path=path, port=port, metrics_port=port + 1)
    text = places.settled(PLACE.root, service)[PLACE.root / "terraform/manifests/base/deployment.yaml"]
    (found,) = yaml.safe_load(text)["spec"]["template"]["spec"]["containers"]
    assert found["readinessProbe"]["httpGet"]["path"] == path
    assert [each["containerPort"] for each in found["ports"]] == [port, port + 1]
