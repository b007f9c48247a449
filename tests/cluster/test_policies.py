"""Admission and the deployer on a real cluster: what is refused, what still works, and what is mended."""

import json
import re
import time
from collections.abc import Callable

import pytest

from pipeline import kubectl, process, terraform
from pipeline.cluster import access, admission, api
from pipeline.cluster.api import Reply
from pipeline.differential import objects
from pipeline.differential.objects import Content
from pipeline.errors import CommandError
from pipeline.release import known_good
from tests.support import Clone

pytestmark = pytest.mark.timeout(1500)

ADDONS = ("daemonset/kube-proxy", "daemonset/kube-router", "deployment/coredns", "deployment/metrics-server")
DEPLOYER = f"system:serviceaccount:{access.NAMESPACE}:{access.ACCOUNT}"


def dry_run(clone: Clone, path: str, content: Content, user: str = "") -> Reply:
    with api.connect(clone.place) as server:
        return server.send("POST", path, content, api.DRY_RUN, user)


def eventually(holds: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(1)
    return True


def test_the_release_was_deployed_by_the_deployer(deployed: Clone) -> None:
    values = json.loads((deployed.place.state / "terraform" / "release.tfvars.json").read_text())
    assert values["kubeconfig"] == str(deployed.place.state / "deployer.kubeconfig")
    assert not list(deployed.place.state.glob("deployer*"))


def test_no_token_or_key_is_left_in_plan_state_or_log(clone: Clone) -> None:
    # A JSON web token, {"alg":" and a payload that begins in the same way (as bills of materials do not), and a key in PEM.
    secret = re.compile(rb"eyJhbGciOiJ[\w-]*\.eyJ|PRIVATE KEY-----")
    folders = (clone.place.state / "terraform", clone.root / "evidence")
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 10
    assert [path for path in files if secret.search(path.read_bytes())] == []


@pytest.mark.parametrize("part", ADDONS)
def test_every_part_of_the_cluster_can_be_made_again(clone: Clone, part: str) -> None:
    kubectl.run(clone.place, "--namespace", "kube-system", "rollout", "restart", part)
    kubectl.run(clone.place, "--namespace", "kube-system", "rollout", "status", part, "--timeout=120s", timeout=150)


def part(clone: Clone, name: str, **changes: str) -> Content:
    """A pod as a part of the cluster makes it, of another name, and with these fields of it changed."""
    (made,) = [each for each in kubectl.get(clone.place, "--namespace", "kube-system", "daemonsets") if each["metadata"]["name"] == name]
    template = made["spec"]["template"]
    spec = {**template["spec"], "serviceAccountName": changes.get("account", template["spec"]["serviceAccountName"])}
    spec.pop("serviceAccount", None)
    spec["containers"] = [{**each, "image": changes.get("image", each["image"])} for each in spec["containers"]]
    metadata = {"name": "planted", "namespace": "kube-system", "labels": template["metadata"]["labels"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


@pytest.mark.parametrize("name", ["kube-proxy", "kube-router"])
def test_a_part_is_allowed_what_it_needs_and_nobody_else_is(clone: Clone, name: str) -> None:
    path = "/api/v1/namespaces/kube-system/pods"
    assert dry_run(clone, path, part(clone, name)).message == ""
    assert "portcullis-pods" in dry_run(clone, path, part(clone, name, image=f"portcullis.local/hash:{objects.COMMIT}")).message
    assert "portcullis-pods" in dry_run(clone, path, part(clone, name, account="default")).message


def test_nobody_enters_a_pod_not_even_the_administrator(clone: Clone) -> None:
    (pod, *_) = kubectl.get(clone.place, "--namespace", "hash", "pods")
    for words in (["exec", pod["metadata"]["name"], "--", "true"], ["attach", pod["metadata"]["name"]]):
        with pytest.raises(CommandError, match="connection: read the logs"):
            kubectl.run(clone.place, "--namespace", "hash", *words)
    with api.connect(clone.place) as server:
        proxied = server.send("GET", f"/api/v1/namespaces/hash/pods/{pod['metadata']['name']}/proxy/healthz")
        node = server.send("GET", f"/api/v1/nodes/{clone.place.name}/proxy/pods")
        settings = server.send("GET", f"/api/v1/nodes/{clone.place.name}/proxy/configz")
    assert "connection: read the logs" in proxied.message
    assert "connection: read the logs" in node.message
    assert settings.body["kubeletconfig"]["authentication"]["anonymous"] == {"enabled": False}


def test_the_deployer_cannot_weaken_its_namespace_or_touch_the_policies(clone: Clone) -> None:
    with api.connect(clone.place) as server:
        labels = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}
        server.session.headers["Content-Type"] = "application/merge-patch+json"
        weakened = server.send("PATCH", "/api/v1/namespaces/hash", labels, api.DRY_RUN, DEPLOYER)
        path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/portcullis-pods"
        deleted = server.send("DELETE", path, None, api.DRY_RUN, DEPLOYER)
    assert "pod-security: " in weakened.message
    assert "cannot delete resource" in deleted.message


@pytest.mark.parametrize("kind", ["Pod", "Deployment"])
def test_the_deployer_cannot_bring_what_breaks_a_rule(clone: Clone, kind: str) -> None:
    content = objects.with_pod(kind, objects.pod() | {"hostPID": True})
    content["metadata"]["namespace"] = "hash"
    path = "/api/v1/namespaces/hash/pods" if kind == "Pod" else "/apis/apps/v1/namespaces/hash/deployments"
    wanted = "cannot create resource" if kind == "Pod" else "host-namespace: "
    assert wanted in dry_run(clone, path, content, DEPLOYER).message


def test_policies_that_were_loosened_or_taken_away_are_mended(clone: Clone) -> None:
    policy, gone = "validatingadmissionpolicy/portcullis-pods", "validatingadmissionpolicybinding/portcullis-services"
    condition = json.dumps({"spec": {"matchConditions": [{"name": "planted", "expression": "false"}]}})
    kubectl.run(clone.place, "patch", policy, "--type=merge", "--patch", condition)
    kubectl.run(clone.place, "delete", gone)
    done = clone.run("-s", "cluster")
    assert done.returncode == 0, done.stdout
    (mended,) = kubectl.get(clone.place, policy)
    assert [each["name"] for each in mended["spec"]["matchConditions"]] == ["not-static", "not-leaving"]
    loose = objects.service(type="LoadBalancer")
    loose["metadata"]["namespace"] = "hash"
    assert eventually(lambda: "service-exposure: " in dry_run(clone, "/api/v1/namespaces/hash/services", loose).message)


def test_the_api_server_finds_no_fault_in_the_types_of_any_rule(clone: Clone) -> None:
    def checked() -> list[dict[str, object]]:
        return [each["status"]["typeChecking"] for each in kubectl.get(clone.place, "validatingadmissionpolicies") if "status" in each]

    assert eventually(lambda: len(checked()) == 10)
    assert checked() == [{}] * 10


def test_an_exempt_namespace_is_exempt_for_as_long_as_it_is_named(clone: Clone) -> None:
    loose = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "pentest-weak"}}
    admission.apply(clone.place, exempt="pentest-weak")
    assert eventually(lambda: dry_run(clone, "/api/v1/namespaces", loose).message == "")
    admission.apply(clone.place)
    assert eventually(lambda: "pod-security: " in dry_run(clone, "/api/v1/namespaces", loose).message)


def test_what_is_there_is_taken_over_when_the_state_is_lost(clone: Clone) -> None:
    (clone.place.state / "terraform" / "terraform.tfstate").unlink()
    done = clone.run("-s", "deploy")
    assert done.returncode == 0, done.stdout
    assert " to add" not in next(line for line in done.stdout.splitlines() if line.startswith("plan: "))


def test_the_deployer_can_take_everything_away_and_bring_it_back(clone: Clone) -> None:
    release = known_good(clone.place)[-1]
    with access.kubeconfig(clone.place) as credential:
        module = terraform.Module(clone.place, clone.root / "terraform", credential)
        module.init()
        module.destroy(release)
    assert kubectl.get(clone.place, "namespaces", "--field-selector=metadata.name=hash") == []
    done = clone.run("-s", "deploy")
    assert done.returncode == 0, done.stdout


def test_a_stopped_cluster_comes_back_with_its_policies(clone: Clone) -> None:
    process.run(["docker", "stop", clone.place.name], timeout=120)
    done = clone.run("-s", "cluster")
    assert done.returncode == 0, done.stdout
    assert "was resumed: it is stopped" in done.stdout
