"""A running cluster follows its declaration: new settings reach it by a restart, what was loosened is put back, nothing is lost."""

import time

import pytest

from pipeline import engine, kubectl
from pipeline.cluster import running
from pipeline.workspace import Workspace
from tests.support import RESTRICTED, Clone

pytestmark = pytest.mark.timeout(2400)

KEPT = (
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kept", "labels": RESTRICTED}},
    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "word", "namespace": "kept"}, "stringData": {"word": "kept"}},
)
THRESHOLD = '"terminated-pod-gc-threshold": "100"'


def flag(place: Workspace, part: str, name: str) -> str:
    return running.flags(place).get(part, {}).get(name, "")


def secret(place: Workspace) -> str:
    words = ("--namespace", "kept", "get", "secret", "word", "--output=go-template={{.data.word | base64decode}}")
    return kubectl.run(place, *words).stdout


def test_settings_reach_a_running_cluster_and_loosened_ones_are_put_back(clone: Clone) -> None:
    place = clone.place
    done = clone.run("-s", "cluster")
    assert done.returncode == 0, done.stdout
    machine = engine.container(place.name)
    kubectl.apply(place, KEPT)

    clone.edit("pipeline/cluster/spec.py", THRESHOLD, THRESHOLD.replace("100", "90"))
    clone.commit("Keep fewer finished pods")
    done = clone.run("-s", "cluster")
    assert "was reconfigured: its settings have changed" in done.stdout, done.stdout
    assert flag(place, "controller-manager", "terminated-pod-gc-threshold") == "90"
    assert secret(place) == "kept"

    loosen(place)
    done = clone.run("-s", "harden")
    assert "was reconfigured: its programs run with other flags than declared" in done.stdout, done.stdout
    assert done.returncode == 1, "the namespace of this test is one that no policy guards"
    assert "harden: 5.3.2 every namespace has a NetworkPolicy: found kept " in done.stdout, done.stdout
    assert flag(place, "scheduler", "profiling") == "false"
    assert secret(place) == "kept"

    kubectl.run(place, "delete", "namespace", "kept")
    done = clone.run("-s", "harden")
    assert done.returncode == 0, done.stdout
    assert " 0 FAIL; kube-bench " in done.stdout
    seen = engine.container(place.name)
    assert (seen["Id"], seen["State"]["StartedAt"]) == (machine["Id"], machine["State"]["StartedAt"])


def loosen(place: Workspace) -> None:
    """Change a flag where an intruder on the node would, and wait until it is in force."""
    file = "/etc/kubernetes/manifests/kube-scheduler.yaml"
    engine.in_node(place, "sed", "--in-place", "s/--profiling=false/--profiling=true/", file)
    deadline = time.monotonic() + 180
    while flag(place, "scheduler", "profiling") != "true":
        assert time.monotonic() < deadline, "the kubelet did not take the changed manifest"
        time.sleep(2)
