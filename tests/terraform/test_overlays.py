"""What the two overlays make of the base: a port of this machine, or an Ingress before instances in several zones."""

import re
from typing import Any

import pytest
import yaml

from pipeline import process, workspace
from pipeline.toolchain import supply
from pipeline.workspace import ROOT

OVERLAYS = ROOT / "terraform" / "manifests" / "overlays"


def rendered(overlay: str) -> dict[str, dict[str, Any]]:
    """Return the overlay's objects by kind; of a kind with several, the last."""
    said = process.run([supply.tool(workspace.locate(), "kubectl"), "kustomize", OVERLAYS / overlay], timeout=60).stdout
    return {each["kind"]: each for each in yaml.safe_load_all(said)}


def spread(objects: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return what the scheduler does when instances cannot be spread evenly, by topology."""
    constraints = objects["Deployment"]["spec"]["template"]["spec"]["topologySpreadConstraints"]
    return {each["topologyKey"]: each["whenUnsatisfiable"] for each in constraints}


def test_the_cloud_has_an_ingress_and_no_port_of_its_nodes() -> None:
    objects = rendered("cloud")
    assert objects["Service"]["spec"]["type"] == "ClusterIP"
    assert not re.search("nodePort", str(objects["Service"]))
    assert objects["ResourceQuota"]["spec"]["hard"]["services.nodeports"] == "0"
    backend = objects["Ingress"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert (backend["name"], backend["port"]["name"]) == ("hash", "http")
    assert objects["Ingress"]["spec"]["tls"]


def test_the_cloud_spreads_every_release_over_zones() -> None:
    objects = rendered("cloud")
    assert spread(objects) == {"kubernetes.io/hostname": "ScheduleAnyway", "topology.kubernetes.io/zone": "DoNotSchedule"}
    zone = objects["Deployment"]["spec"]["template"]["spec"]["topologySpreadConstraints"][1]
    assert (zone["maxSkew"], zone["matchLabelKeys"]) == (1, ["pod-template-hash"])


def test_this_machine_has_one_node_without_zones_and_may_fill_it() -> None:
    objects = rendered("local")
    assert set(spread(objects).values()) == {"ScheduleAnyway"}
    assert objects["Service"]["spec"]["type"] == "NodePort"
    assert "Ingress" not in objects


@pytest.mark.parametrize("overlay", ["cloud", "local"])
def test_an_overlay_changes_nothing_else_of_the_pods(overlay: str) -> None:
    pod, other = rendered(overlay)["Deployment"]["spec"]["template"]["spec"], rendered("local")["Deployment"]["spec"]["template"]["spec"]
    assert {name: value for name, value in pod.items() if name != "topologySpreadConstraints"} == {
        name: value for name, value in other.items() if name != "topologySpreadConstraints"
    }
