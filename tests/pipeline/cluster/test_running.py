"""Reading command lines of the node, and comparing them with what is declared."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.cluster import running, spec

LISTING = """/lib/systemd/systemd --unit=multi-user.target
kube-apiserver --advertise-address=10.231.7.2 --profiling=false --authorization-mode=Node,RBAC
/var/lib/minikube/binaries/v1.35.1/kubelet --config=/var/lib/kubelet/config.yaml --v
/usr/local/bin/kube-proxy --config=/var/lib/kube-proxy/config.conf --hostname-override=node

sh -c kube-scheduler --profiling=true
"""


def test_the_flags_of_each_part_are_read_and_other_programs_passed_by() -> None:
    assert running.parse(LISTING) == {
        "apiserver": {"advertise-address": "10.231.7.2", "profiling": "false", "authorization-mode": "Node,RBAC"},
        "kubelet": {"config": "/var/lib/kubelet/config.yaml", "v": "true"},
        "kube-proxy": {"config": "/var/lib/kube-proxy/config.conf", "hostname-override": "node"},
    }


def test_what_runs_as_declared_has_no_differences() -> None:
    assert running.differences({**spec.FLAGS, "etcd": {"data-dir": "/var/lib/minikube/etcd"}}) == []


declared = [(part, name) for part, values in spec.FLAGS.items() for name in values]


@given(st.sampled_from(declared), st.sampled_from([None, "", "other"]))
def test_every_flag_that_is_missing_or_differs_is_named(flag: tuple[str, str], value: str | None) -> None:
    part, name = flag
    live = {each: dict(values) for each, values in spec.FLAGS.items()}
    del live[part][name]
    if value is not None:
        live[part][name] = value
    seen = "nothing" if value is None else value
    assert running.differences(live) == [f"{part} runs with {name}={seen}, declared is {spec.FLAGS[part][name]}"]


def test_a_part_that_does_not_run_has_every_flag_missing() -> None:
    live = {part: values for part, values in spec.FLAGS.items() if part != "scheduler"}
    assert len(running.differences(live)) == len(spec.FLAGS["scheduler"])
