"""The second cluster shares nothing with the first one: no name, no address, no setting by accident."""

import ipaddress
import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import workspace
from pipeline.cloud import spec
from pipeline.cloud.spec import Node
from pipeline.cluster import network
from pipeline.errors import ClusterError
from pipeline.workspace import ROOT

PLACE = workspace.locate()
INSTANCES = st.integers(0, 16**8 - 1).map(lambda number: f"{number:08x}")


@given(INSTANCES)
def test_no_clone_s_second_cluster_has_the_names_of_its_first(instance: str) -> None:
    first = replace(PLACE, instance=instance)
    second = spec.second(first)
    assert second.name != first.name
    assert network.bridge(second) != network.bridge(first)
    assert len(network.bridge(second)) <= 15
    assert second.kubeconfig != first.kubeconfig
    assert first.state in second.state.parents


def test_the_second_cluster_is_made_differently() -> None:
    said = spec.arguments(spec.second(PLACE), "node", Path("cni.yaml"), upstream=False)
    assert "--nodes=2" in said
    assert f"--network={spec.second(PLACE).name}" in said
    assert "--service-cluster-ip-range=10.120.0.0/16" in said
    assert "--extra-config=kubeadm.pod-network-cidr=10.245.0.0/16" in said
    assert not [word for word in said if word.startswith("--ports")]


def test_no_range_of_addresses_is_another_s() -> None:
    networks = [ipaddress.ip_network(each) for each in (spec.SERVICES, spec.PODS, "10.244.0.0/16", "10.96.0.0/12", "10.231.0.0/16")]
    assert [(one, other) for one in networks for other in networks if one is not other and one.overlaps(other)] == []


def test_policies_are_enforced_for_its_own_services() -> None:
    text = (ROOT / "cluster" / "addons" / "kube-router.yaml").read_text("utf-8")
    made = spec.policies(text)
    assert "--service-cluster-ip-range=10.120.0.0/16" in made
    assert "10.96.0.0" not in made
    with pytest.raises(ClusterError, match=r"kube-router\.yaml lacks"):
        spec.policies(made)


def listed(name: str, address: str, pods: str | None) -> dict[str, Any]:
    addresses = [{"type": "Hostname", "address": name}, {"type": "InternalIP", "address": address}]
    return {"metadata": {"name": name}, "spec": {"podCIDR": pods} if pods else {}, "status": {"addresses": addresses}}


def test_each_node_has_a_zone_whatever_the_order_they_are_listed_in() -> None:
    one, two = listed("c", "10.0.0.2", "10.245.0.0/24"), listed("c-m02", "10.0.0.3", "10.245.1.0/24")
    wanted = [Node("c", "10.0.0.2", "10.245.0.0/24", "a"), Node("c-m02", "10.0.0.3", "10.245.1.0/24", "b")]
    assert spec.nodes([one, two]) == spec.nodes([two, one]) == wanted


@pytest.mark.parametrize("pods", [None, ""])
def test_a_node_that_is_missing_or_has_no_range_is_an_error(pods: str | None) -> None:
    with pytest.raises(ClusterError, match="1 nodes"):
        spec.nodes([listed("c", "10.0.0.2", "10.245.0.0/24")])
    with pytest.raises(ClusterError, match="2 nodes with a range"):
        spec.nodes([listed("c", "10.0.0.2", "10.245.0.0/24"), listed("d", "10.0.0.3", pods)])


def test_a_node_gives_addresses_of_its_own_range_alone() -> None:
    bridge, mapping = json.loads(spec.bridge(Node("c", "10.0.0.2", "10.245.7.0/24", "a")))["plugins"]
    assert bridge["ipam"] == {"type": "host-local", "ranges": [[{"subnet": "10.245.7.0/24"}]]}
    assert mapping["type"] == "portmap"


def test_the_registry_is_trusted_by_its_authority_and_never_without_tls() -> None:
    read = tomllib.loads(spec.trust("portcullis.local", "10.231.4.250", "Basic eHl6"))
    server = "https://10.231.4.250:5000"
    assert read["server"] == server
    assert read["host"] == {
        server: {
            "capabilities": ["pull", "resolve"],
            "ca": "/etc/containerd/certs.d/portcullis.local/ca.crt",
            "header": {"Authorization": ["Basic eHl6"]},
        }
    }


@given(INSTANCES)
def test_the_registry_s_address_is_in_the_node_network_and_no_node_s(instance: str) -> None:
    for subnet in network.subnets(instance):
        address = ipaddress.ip_address(spec.registry_address(subnet))
        assert address in ipaddress.ip_network(subnet)
        assert address not in list(ipaddress.ip_network(subnet))[:4]
