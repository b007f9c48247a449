"""The cable of an instance is found by its number, as `ip -o link` showed it."""

import pytest

from pipeline.chaos import workloads
from pipeline.errors import ClusterError

POD = r"2: eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000"
NODE = """\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
5: kube-bridge: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000
7: veth1a2b3c4d@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master kube-bridge state UP mode DEFAULT group default
17: vethffff0000@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master kube-bridge state UP mode DEFAULT group default
"""


def test_the_other_end_has_the_number_that_the_pod_says() -> None:
    assert workloads.other_end(POD, NODE) == "veth1a2b3c4d"


@pytest.mark.parametrize(("pod", "node"), [("", NODE), (POD, ""), (POD.replace("if7", "if8"), NODE)])
def test_without_another_end_nothing_is_cut(pod: str, node: str) -> None:
    with pytest.raises(ClusterError, match="has no other end"):
        workloads.other_end(pod, node)
