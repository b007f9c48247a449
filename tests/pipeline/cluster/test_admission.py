"""Policies are made of the table and nothing else: all of its rules, for every namespace, failing closed."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from pipeline import rules, workspace
from pipeline.cluster import admission, policies
from pipeline.rules import Rule
from pipeline.workspace import ROOT

PLACE = workspace.locate()
TABLE = rules.load(ROOT)
DECLARED = admission.declared(PLACE)
POLICIES = {each["metadata"]["name"]: each for each in DECLARED if each["kind"] == "ValidatingAdmissionPolicy"}
BINDINGS = [each for each in DECLARED if each["kind"] == "ValidatingAdmissionPolicyBinding"]


def conditions(policy: dict[str, Any]) -> list[str]:
    return [each["name"] for each in policy["spec"]["matchConditions"]]


def test_every_rule_with_cel_is_in_exactly_one_policy_with_what_to_do() -> None:
    messages = [each["message"] for policy in POLICIES.values() for each in policy["spec"]["validations"]]
    assert sorted(message.partition(" [rules ")[0] for message in messages) == sorted(f"{rule.id}: {rule.fix}" for rule in TABLE.admitted)
    assert len({message.rpartition(" [")[2] for message in messages}) == 1


def test_every_policy_fails_closed_and_is_bound_to_deny_everywhere() -> None:
    assert {each["spec"]["failurePolicy"] for each in POLICIES.values()} == {"Fail"}
    assert [(each["metadata"]["name"], each["spec"]) for each in BINDINGS] == [
        (name, {"policyName": name, "validationActions": ["Deny"]}) for name in POLICIES
    ]


def test_only_static_and_leaving_pods_are_passed_by() -> None:
    assert {name: conditions(policy) for name, policy in POLICIES.items() if conditions(policy)} == {
        "portcullis-pods": ["not-static", "not-leaving"]
    }


def test_an_exempt_namespace_is_left_out_by_name_in_every_binding() -> None:
    bindings = [each for each in admission.declared(PLACE, "pentest-weak") if each["kind"] == "ValidatingAdmissionPolicyBinding"]
    assert {tuple(admission.left_out(each)) for each in bindings} == {("pentest-weak",)}
    assert {tuple(admission.left_out(each)) for each in BINDINGS} == {()}


def test_the_pods_of_every_kind_are_asked() -> None:
    matched = POLICIES["portcullis-pods"]["spec"]["matchConstraints"]["resourceRules"]
    assert {resource for each in matched for resource in each["resources"]} == {
        "cronjobs",
        "daemonsets",
        "deployments",
        "jobs",
        "pods",
        "pods/ephemeralcontainers",
        "replicasets",
        "replicationcontrollers",
        "statefulsets",
    }
    assert {operation for each in matched for operation in each["operations"]} == {"CREATE", "UPDATE"}


def test_whoever_connects_is_asked() -> None:
    (matched,) = POLICIES["portcullis-connections"]["spec"]["matchConstraints"]["resourceRules"]
    assert matched["operations"] == ["CONNECT"]
    assert set(matched["resources"]) == {"nodes/proxy", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "services/proxy"}


def test_every_variable_is_there_before_it_is_used() -> None:
    for policy in POLICIES.values():
        known: set[str] = set()
        for each in policy["spec"]["variables"]:
            assert set(re.findall(r"variables\.(\w+)", each["expression"])) <= known
            known.add(each["name"])
        used = {name for each in policy["spec"]["validations"] for name in re.findall(r"variables\.(\w+)", each["expression"])}
        assert used <= known


def test_values_come_from_the_table_and_from_the_settings() -> None:
    variables = {each["name"]: each["expression"] for policy in POLICIES.values() for each in policy["spec"]["variables"]}
    assert json.loads(variables["escalating_verbs"]) == TABLE.values["escalating_verbs"]
    assert json.loads(variables["node_port"]) == PLACE.settings.node_port
    assert json.loads(variables["registry"]) == PLACE.settings.registry


def test_each_part_is_known_by_account_and_exact_image_and_may_break_its_own_rules_alone() -> None:
    (allowed,) = [each["expression"] for each in POLICIES["portcullis-pods"]["spec"]["variables"] if each["name"] == "allowed"]
    references = policies.source(PLACE, PLACE.settings).images
    for part in TABLE.parts:
        (term,) = [term for term in allowed.split(" + (") if f"'{part.name}'" in term]
        assert f"'{references[part.name]}'" in term
        assert json.loads(term[term.index("[") : term.index("]") + 1]) == sorted(part.may)


def test_the_ledger_excuses_in_files_what_admission_allows_in_the_cluster() -> None:
    """Two lists for two readers must not drift apart. In files of kube-system, a version as a tag is no violation."""
    text = (ROOT / "policies" / "exceptions.toml").read_text()
    for part in ("kube-router", "metrics-server"):
        entries = re.findall(rf'gate = "policy"\nrule = "([\w-]+)"\nfile = "cluster/addons/{part}.yaml"', text)
        (allowed,) = [each.may for each in TABLE.parts if each.name == part]
        assert sorted(entries) == sorted(set(allowed) - {"image-tag"})


def test_another_node_port_is_another_policy_and_revision() -> None:
    other = admission.declared(replace(PLACE, settings=replace(PLACE.settings, node_port=30081)))
    assert admission.declared(PLACE) == DECLARED
    assert other != DECLARED


def test_a_rule_without_allowance_stands_as_it_is_written() -> None:
    rule = Rule("free", "low", "do something", ("Secret",), cel="\nobject.type == 'a'")
    made = policies.policy("p", [rule], policies.Source(TABLE, {}, {}))
    assert made["spec"]["validations"] == [{"expression": "object.type == 'a'", "message": "free"}]
    assert made["spec"]["variables"] == []


@pytest.mark.parametrize("name", sorted(policies.groups(TABLE)))
def test_a_policy_asks_about_one_thing(name: str) -> None:
    assert len({policies.group(rule) for rule in policies.groups(TABLE)[name]}) == 1
