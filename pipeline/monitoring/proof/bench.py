"""What faults are made with: this clone's own cluster, as its administrator."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import engine, image, kubectl
from pipeline.errors import ReleaseError
from pipeline.load import autoscaler, changes
from pipeline.load.changes import NAMESPACE
from pipeline.monitoring.proof.variant import VARIABLE
from pipeline.workspace import Workspace

LABEL = "alerts-proof"
_PYTHON = f"/usr/bin/python{image.PYTHON}"


@dataclass
class Bench:
    """A cluster, the release that runs there and a bad one; and the objects that were taken away and are to be put back."""

    place: Workspace
    release: str
    bad: str
    scratch: Path
    template: dict[str, Any]
    """The pod template of the release, as it was found."""
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)

    def set_release(self, reference: str, mood: str = "") -> None:
        """Change the Deployment's image by hand, as nobody should, and say what the bad one is to do wrong."""
        container: dict[str, Any] = {"name": "hash", "image": reference}
        if mood:
            container["env"] = [{"name": VARIABLE, "value": mood}]
        self.patch("deployment", "hash", {"spec": {"template": {"spec": {"containers": [container]}}}})

    def restore_release(self) -> None:
        """Put the release's containers back as they were, and wait until it is whole."""
        change = [{"op": "replace", "path": "/spec/template/spec/containers", "value": self.template["spec"]["containers"]}]
        kubectl.run(self.place, "-n", NAMESPACE, "patch", "deployment", "hash", "--type=json", f"--patch={json.dumps(change)}")
        changes.await_whole(self.place)

    def patch(self, kind: str, name: str, change: dict[str, Any], namespace: str = NAMESPACE) -> None:
        """Change an object by a strategic merge."""
        kubectl.run(self.place, "-n", namespace, "patch", kind, name, f"--patch={json.dumps(change)}")

    def take(self, kind: str, name: str, namespace: str = NAMESPACE) -> None:
        """Delete an object, and remember it as it was declared."""
        (found,) = kubectl.get(self.place, "-n", namespace, kind, name)
        self.taken[f"{namespace}/{kind}/{name}"] = autoscaler.renewed(found)
        kubectl.run(self.place, "-n", namespace, "delete", kind, name)

    def put_back(self, kind: str, name: str, namespace: str = NAMESPACE) -> None:
        """Make again what was taken; nothing when it was not."""
        if wanted := self.taken.pop(f"{namespace}/{kind}/{name}", None):
            kubectl.run(self.place, "create", "--filename=-", stdin=json.dumps(wanted))

    def cut(self, port: int) -> None:
        """End the node's connections to a port of pods: a policy is asked when a connection is made, and Prometheus keeps its own."""
        engine.in_node(self.place, "conntrack", "-D", "-p", "tcp", "--dport", str(port), ok=(0, 1))

    def cordon(self, *, closed: bool) -> None:
        """Let the node take no new pods, or take them again."""
        for node in kubectl.get(self.place, "nodes"):
            kubectl.run(self.place, "cordon" if closed else "uncordon", node["metadata"]["name"])

    def lose(self, count: int) -> None:
        """Delete some of the service's pods at once."""
        names = changes.living(self.place)[:count]
        kubectl.run(self.place, "-n", NAMESPACE, "delete", "pod", "--grace-period=1", "--wait=false", *names)

    def start(self, name: str, program: str) -> None:
        """Start a pod of the release's own image beside the service, with another program in it."""
        labels = {**self.template["metadata"]["labels"], "app.kubernetes.io/name": LABEL}
        spec = copy.deepcopy(self.template["spec"])
        (container,) = spec["containers"]
        container.update(name=LABEL, image=self.release, command=[_PYTHON, "-c", program], ports=[])
        for probe in ("startupProbe", "readinessProbe", "livenessProbe", "lifecycle"):
            container.pop(probe, None)
        spec["terminationGracePeriodSeconds"] = 1
        wish = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels}, "spec": spec}
        kubectl.run(self.place, "create", "--validate=false", "--filename=-", stdin=json.dumps(wish))

    def clear(self) -> None:
        """Take away every pod and policy of the proof."""
        selector = f"app.kubernetes.io/name={LABEL}"
        kubectl.run(
            self.place,
            "-n",
            NAMESPACE,
            "delete",
            "pods,networkpolicies",
            "-l",
            selector,
            "--grace-period=1",
            "--wait=false",
            "--ignore-not-found",
        )

    def scale(self, kind: str, name: str, count: int, namespace: str) -> None:
        """Set the number of replicas."""
        kubectl.run(self.place, "-n", namespace, "scale", kind, name, f"--replicas={count}")

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        """Whatever happens in the block, leave the cluster as it was declared. What a kill leaves, `deploy` and `monitor` mend."""
        try:
            yield
        finally:
            self.cordon(closed=False)
            self.clear()
            for key in list(self.taken):
                namespace, kind, name = key.split("/")
                self.put_back(kind, name, namespace)
            self.restore_release()


def template_of(place: Workspace, release: str) -> dict[str, Any]:
    """The Deployment's pod template. Raises `ReleaseError` when it is not of the release: then there is nothing good to go back to."""
    (found,) = kubectl.get(place, "-n", NAMESPACE, "deployment", "hash")
    template = dict(found["spec"]["template"])
    if (running := template["spec"]["containers"][0]["image"]) != release:
        raise ReleaseError(f"the Deployment names {running}, the release is {release}", fix="nox -s deploy")
    return template
