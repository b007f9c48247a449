"""The tables of controls, on facts recorded from a real cluster: what holds there, and that no weakening goes unnoticed."""

import datetime as dt
import re
from dataclasses import replace

import pytest

from pipeline.harden import mutants, triage
from pipeline.harden.cis import CONTROLS
from pipeline.harden.judge import judge
from pipeline.harden.mutants import Fate
from pipeline.workspace import ROOT
from tests.support import recorded_facts

FACTS = recorded_facts()
BY_ID = {control.id: control for control in CONTROLS}
# How many controls each section of the benchmark has.
SECTIONS = {"1.1": 21, "1.2": 30, "1.3": 7, "1.4": 2, "2": 7, "3.1": 3, "3.2": 2, "4.1": 10, "4.2": 15, "4.3": 1, "5.1": 13, "5.2": 13}
SECTIONS |= {"5.3": 2, "5.4": 2, "5.5": 1, "5.6": 4}


@pytest.fixture(scope="module")
def fates() -> tuple[Fate, ...]:
    return mutants.run(CONTROLS, FACTS)


def test_every_control_of_the_benchmark_is_there_once() -> None:
    expected = [f"{section}.{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)]
    assert sorted(control.id for control in CONTROLS if not control.id.startswith("P.")) == sorted(expected)
    assert len(BY_ID) == len(CONTROLS)


def test_what_was_recorded_is_met_but_for_what_is_triaged() -> None:
    entries = triage.load(ROOT)
    assert {id_ for id_, control in BY_ID.items() if not control.check(FACTS)[0]} == set(entries)
    day = max(entry.reviewed for entry in entries.values())
    assert [result for result in judge(CONTROLS, FACTS, entries, day) if result.verdict == "FAIL"] == []


def test_no_weakening_goes_unnoticed(fates: tuple[Fate, ...]) -> None:
    assert mutants.survivors(fates) == []
    assert len(fates) > 200
    assert len({fate.mutant for fate in fates}) > 0.95 * len(fates)


def test_every_control_that_holds_notices_something(fates: tuple[Fate, ...]) -> None:
    noticing = {id_ for fate in fates for id_ in fate.killed_by}
    silent = {id_ for id_, control in BY_ID.items() if control.check(FACTS)[0]} - noticing
    # No mutant speaks of these: they ask for flags of kubeadm's own, whose absence is the weakening, see below.
    assert silent <= {"P.6", "4.1.3", "4.1.4", *ABSENT}


ABSENT = {
    "1.2.4": ("apiserver", "kubelet-client-certificate"),
    "1.2.22": ("apiserver", "service-account-key-file"),
    "1.2.23": ("apiserver", "etcd-certfile"),
    "1.2.24": ("apiserver", "tls-private-key-file"),
    "1.2.25": ("apiserver", "client-ca-file"),
    "1.2.26": ("apiserver", "etcd-cafile"),
    "1.3.4": ("controller-manager", "service-account-private-key-file"),
    "1.3.5": ("controller-manager", "root-ca-file"),
    "2.1": ("etcd", "key-file"),
    "2.4": ("etcd", "peer-cert-file"),
    "2.7": ("etcd", "trusted-ca-file"),
}


@pytest.mark.parametrize("id_", ABSENT)
def test_a_missing_flag_of_kubeadms_is_noticed(id_: str) -> None:
    part, name = ABSENT[id_]
    flags = {**FACTS.flags, part: {key: value for key, value in FACTS.flags[part].items() if key != name}}
    assert BY_ID[id_].check(replace(FACTS, flags=flags)) == (False, f"{name} not set")


def test_a_kubeconfig_of_kube_proxys_on_the_node_is_noticed() -> None:
    files = (*FACTS.files, replace(FACTS.files[0], path="/var/lib/kube-proxy/kubeconfig.conf"))
    assert BY_ID["4.1.3"].check(replace(FACTS, files=files)) == (False, "/var/lib/kube-proxy/kubeconfig.conf")


@pytest.mark.parametrize(
    ("mutant", "controls"),
    [
        ("apiserver without encryption-provider-config", {"1.2.27", "P.5"}),
        ("kubelet with anonymous-auth=true", {"4.2.1"}),
        ("Secrets in plain text", {"1.2.28"}),
        ("another ClusterRole: may-get-nodes/proxy", {"5.1.10"}),
        ("another Pod: host-path", {"5.2.12"}),
        ("/etc/kubernetes/manifests/etcd.yaml writable for all", {"1.1.7"}),
        ("ports published to all", {"P.1"}),
    ],
)
def test_a_weakening_is_noticed_by_the_control_that_is_about_it(fates: tuple[Fate, ...], mutant: str, controls: set[str]) -> None:
    (fate,) = [fate for fate in fates if fate.mutant == mutant]
    assert fate == Fate(mutant, fate.killed_by)
    assert controls <= set(fate.killed_by)


def test_controls_say_what_to_do_unless_they_are_triaged() -> None:
    entries = triage.load(ROOT)
    assert [control.id for control in CONTROLS if not control.fix and control.id not in entries and control.id != "5.1.7"] == []


def test_titles_are_short_and_our_own() -> None:
    assert [
        control.id for control in CONTROLS if len(control.title) > 70 or re.match(r"ensure|minimize", control.title, re.IGNORECASE)
    ] == []


def test_the_triage_of_this_tree_holds_today() -> None:
    today = dt.datetime.now(dt.UTC).date()
    assert {id_: entry.stale(today) for id_, entry in triage.load(ROOT).items() if entry.stale(today)} == {}
