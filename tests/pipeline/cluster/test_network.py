"""Names, subnets and rules of the cluster's network."""

import ipaddress
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline import workspace
from pipeline.cluster import network

PLACE = workspace.locate()
INSTANCES = st.integers(0, 2**32 - 1).map("{:08x}".format)
PODS, SERVICES, DOCKER = (ipaddress.ip_network(each) for each in ("10.244.0.0/16", "10.96.0.0/12", "172.16.0.0/12"))


@given(INSTANCES)
def test_the_bridge_name_fits_linux(instance: str) -> None:
    assert len(network.bridge(replace(PLACE, instance=instance))) <= 15


@given(INSTANCES)
def test_subnets_are_private_distinct_and_in_nobodys_way(instance: str) -> None:
    subnets = [ipaddress.ip_network(each) for each in network.subnets(instance)]
    assert len(set(subnets)) == len(subnets)
    for subnet in subnets:
        assert subnet.is_private
        assert not any(subnet.overlaps(other) for other in (PODS, SERVICES, DOCKER))


def test_new_connections_are_refused_to_elsewhere_and_to_this_machine() -> None:
    rules = network.rules(PLACE)
    assert set(rules) == {"DOCKER-USER", "INPUT"}
    for rule in rules.values():
        words = " ".join(rule)
        assert words.startswith(f"-i {network.bridge(PLACE)}")
        assert "--ctstate NEW" in words
        assert words.endswith("-j REJECT")
        assert PLACE.name in rule
