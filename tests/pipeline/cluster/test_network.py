"""Names, subnets and rules of the cluster's network."""

import ipaddress
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline import workspace
from pipeline.cluster import network
from pipeline.workspace import ROOT

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
    assert [(chain, rule[-1]) for chain, rule in rules] == [
        ("DOCKER-USER", "REJECT"),
        ("INPUT", "REJECT"),
        ("DOCKER-USER", "DROP"),
        ("INPUT", "DROP"),
    ]
    for _, rule in rules:
        words = " ".join(rule)
        assert words.startswith(f"-i {network.bridge(PLACE)}")
        assert "--ctstate NEW" in words
        assert PLACE.name in rule


def test_pods_are_not_answered_since_the_answer_would_leave_the_machine() -> None:
    silent = [rule for _, rule in network.rules(PLACE) if rule[-1] == "DROP"]
    assert [rule[rule.index("-s") + 1] for rule in silent] == [network.PODS] * 2
    (ranges,) = re.findall(r'"subnet": "([^"]+)"', (ROOT / "cluster" / "node" / "10-portcullis.conflist").read_text())
    assert ipaddress.ip_network(ranges).subnet_of(PODS)  # type: ignore[arg-type]
    assert str(PODS) == network.PODS
