"""The controller runs as restricted as everything else and reads one namespace; what came through it is read, nothing included."""

import pytest

from pipeline.cloud import ingress
from pipeline.cloud.ingress import Answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("6367c48d\n200 abc hash-1", Answer(200, "6367c48d", "abc", "hash-1")),
        ("two\nlines\n200 abc hash-1", Answer(200, "two\nlines", "abc", "hash-1")),
        ("\n404  ", Answer(404, "", "", "")),
        ("\n000  ", Answer(0, "", "", "")),
        ("", Answer(0, "", "", "")),
        ("curl: not found", Answer(0, "", "", "")),
    ],
)
def test_an_answer_is_read_with_its_release_and_instance(said: str, answer: Answer) -> None:
    assert ingress.read(said) == answer


def test_the_controller_is_restricted_and_opens_no_port_of_a_node() -> None:
    made = {each["kind"]: each for each in ingress.objects("registry.example/skipper@sha256:1", ["10.0.0.2", "10.0.0.3"])}
    labels = made["Namespace"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert made["Namespace"]["metadata"]["name"] == "ingress-nginx"
    assert "type" not in made["Service"]["spec"]
    assert made["Service"]["spec"]["externalIPs"] == ["10.0.0.2", "10.0.0.3"]
    (container,) = made["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example/skipper@sha256:1"
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_its_rights_are_to_read_in_the_service_s_namespace_alone() -> None:
    made = ingress.objects("image", [])
    roles = [each for each in made if each["kind"].endswith(("Role", "RoleBinding"))]
    assert {(each["kind"], each["metadata"]["namespace"]) for each in roles} == {("Role", "hash"), ("RoleBinding", "hash")}
    assert {verb for each in roles if each["kind"] == "Role" for rule in each["rules"] for verb in rule["verbs"]} == {
        "get",
        "list",
        "watch",
    }
