"""Runs the Terraform module in terraform/: the plan is saved and shown, and what is applied is that plan and no other.

State, provider and working data are kept in this clone's state folder; the tree stays clean, and the local backend locks the state.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import architecture, backups, console, kubectl, process, store
from pipeline.errors import BusyError, IntegrityError, ReleaseError
from pipeline.look import Release
from pipeline.process import Completed
from pipeline.toolchain import pins, supply
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

OVERLAY = "local"
NO_CHANGES = "no changes"
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_PROVIDER = "provider-kustomization"
_QUICK_SECONDS, _APPLY_SECONDS = 120, 600
_DETAIL = 500  # a refused value is told after the values that it was judged with
_ERROR = re.compile(r"^(?:\W*)Error: (.+)$", re.MULTILINE)
_SYMBOLS = {"create": "+", "update": "~", "delete": "-", "replace": "-/+"}


@dataclass(frozen=True)
class Plan:
    """A saved plan: its file with the SHA-256 that it had when it was shown, and what it does, a line per object and a line for all."""

    file: Path
    sha256: str
    steps: tuple[str, ...]
    summary: str
    objects: tuple[Mapping[str, Any], ...] = ()
    """What there will be once it is applied, changed or not."""

    def object(self, kind: str) -> Mapping[str, Any] | None:
        """The first object of a kind, if it has any."""
        return next((each for each in self.objects if each["kind"] == kind), None)

    def does(self, symbol: str, kind: str) -> bool:
        """Whether a step of it, such as "~", concerns an object of the kind."""
        return any(step.split()[:2] == [symbol, kind] for step in self.steps)


def plugins(place: Workspace) -> Path:
    """Return a folder of providers laid out as `terraform init -plugin-dir` wants it, with our own build of the locked one.

    Source: https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
    Stages run side by side, and Terraform reads through this folder at every command: what is right in it is not touched.
    """
    version = pins.load(place.root)[_PROVIDER].version
    lock = (place.root / "terraform" / ".terraform.lock.hcl").read_text("utf-8")
    address = re.search(r'^provider "([^"]+)"', lock, re.MULTILINE)
    if address is None:
        raise IntegrityError("terraform/.terraform.lock.hcl names no provider", fix="git checkout terraform/.terraform.lock.hcl")
    kind = address[1].rpartition("/")[2]
    link = (
        _state(place) / "plugins" / address[1] / version / f"{sys.platform}_{architecture.own()}" / f"terraform-provider-{kind}_v{version}"
    )
    program = supply.module(place, _PROVIDER) / "terraform-provider-kustomize"
    if not link.is_symlink() or link.readlink() != program:
        link.parent.mkdir(parents=True, exist_ok=True)
        # Made elsewhere, for Terraform hashes all that lies beside the provider, and put there in one step.
        with tempfile.TemporaryDirectory(dir=_state(place)) as folder:
            Path(folder, link.name).symlink_to(program)
            Path(folder, link.name).replace(link)
    return _state(place) / "plugins"


def variables(place: Workspace, release: Release, kubeconfig: Path, adopt: Iterable[str] = ()) -> dict[str, Any]:
    """The values of the module's variables for a release on this clone's cluster. `adopt`: the objects that are there already."""
    settings = place.settings
    return {
        "kubeconfig": str(kubeconfig),
        "context": place.name,
        "overlay": OVERLAY,
        "image": release.image,
        "image_id": release.image_id,
        "replicas": {"min": settings.replicas_min, "max": settings.replicas_max},
        "node_port": settings.node_port,
        "url": place.url,
        "adopt": sorted(adopt),
    }


@dataclass(frozen=True)
class Module:
    """A root module, this tree's or the kept copy of an earlier release's, with this clone's state."""

    place: Workspace
    folder: Path
    kubeconfig: Path = Path("/nonexistent")
    """Whose credential it uses."""
    kept: str = "terraform"
    """Folder of its state. Modules share none: what one of them loses, or leaks, is not the other's."""
    manifests: str = f"manifests/overlays/{OVERLAY}"
    """What it deploys, in its own folder."""

    @property
    def state(self) -> Path:
        """The folder of its state."""
        return self.place.state / self.kept

    @property
    def state_file(self) -> Path:
        """The state itself, of which a copy is kept before each change."""
        return self.state / "terraform.tfstate"

    @property
    def overlay(self) -> Path:
        """The folder of the manifests that it brings to this clone's cluster."""
        return self.folder / self.manifests

    def init(self) -> None:
        """Set up provider and backend. Raises `IntegrityError` when the provider is not one that the lock file allows."""
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        if line := backups.mend(self.state_file):
            log.info(line)
        backend = f"-backend-config=path={self.state_file}"
        words = ["init", "-reconfigure", "-lockfile=readonly", f"-plugin-dir={plugins(self.place)}", backend]
        try:
            self._run(words, timeout=_QUICK_SECONDS)
        except ReleaseError as error:
            if "lock file" in error.what or "checksum" in error.what:
                raise IntegrityError(f"the Terraform provider: {error.what}", fix="git log -p terraform/.terraform.lock.hcl") from error
            raise

    def validate(self, data: Path) -> dict[str, Any]:
        """Return what `terraform validate -json` says; `data` is a folder of its own for the provider, the state is not touched."""
        words = ["init", "-no-color", "-backend=false", "-lockfile=readonly", f"-plugin-dir={plugins(self.place)}"]
        env = {**environment(), "TF_DATA_DIR": str(data)}
        program = supply.tool(self.place, "terraform")
        said = process.run([program, *words], cwd=self.folder, env=env, timeout=_QUICK_SECONDS, ok=None)
        if said.returncode:
            raise translate("init", said.stdout + said.stderr)
        return dict(
            json.loads(process.run([program, "validate", "-json"], cwd=self.folder, env=env, timeout=_QUICK_SECONDS, ok=(0, 1)).stdout)
        )

    def plan(self, release: Release, evidence: Path) -> Plan:
        """Save a plan for the release, and its text and JSON as evidence. Raises `BusyError` when the state is locked."""
        return self.plan_with(variables(self.place, release, self.kubeconfig), evidence)

    def plan_with(self, values: Mapping[str, Any], evidence: Path) -> Plan:
        """Save a plan for these variables, as `plan` does; what is there already and not in the state is adopted."""
        file = self.state / "release.tfplan"
        words = ["plan", "-detailed-exitcode", f"-out={file}", self._values({**values, "adopt": sorted(self.unknown())})]
        done = self._run(words, timeout=_QUICK_SECONDS, ok=(0, 2))
        sha256 = store.digest(file)  # before it is shown: what is judged is this file or none
        shown = self._run(["show", "-json", str(file)], timeout=_QUICK_SECONDS).stdout
        evidence.mkdir(parents=True, exist_ok=True)
        (evidence / "plan.txt").write_text(done.stdout, "utf-8")
        (evidence / "plan.json").write_text(shown, "utf-8")
        changes = json.loads(shown).get("resource_changes", [])
        steps = tuple(sorted(describe(changes)))
        return Plan(file, sha256, steps, summarise(steps), tuple(planned(changes)))

    def apply(self, plan: Plan, watch: Callable[[], None] | None = None) -> None:
        """Apply exactly the saved plan, which is then used up. Raises `ReleaseError`, or `BusyError` when the state is locked.

        `watch` is called every second meanwhile, and what it raises stops the apply.
        A plan that is not the one that was shown and judged raises `IntegrityError`, and nothing is applied.
        """
        try:
            if (found := store.digest(plan.file)) != plan.sha256:
                raise IntegrityError(f"the saved plan is {found[:12]}, judged was {plan.sha256[:12]}", fix="find out who can write there")
            backups.keep(self.state_file)
            with console.ticking("terraform apply", 30):
                self._run(["apply", str(plan.file)], timeout=_APPLY_SECONDS, watch=watch)
        finally:
            plan.file.unlink(missing_ok=True)

    def outputs(self) -> dict[str, Any]:
        """Return the module's outputs by name."""
        said = self._run(["output", "-json"], timeout=_QUICK_SECONDS).stdout
        return {name: output["value"] for name, output in json.loads(said).items()}

    def destroy(self, release: Release) -> None:
        """Remove every object of the module from the cluster."""
        backups.keep(self.state_file)
        values = self._values(variables(self.place, release, self.kubeconfig))
        self._run(["destroy", "-auto-approve", values], timeout=_APPLY_SECONDS)

    def unknown(self) -> set[str]:
        """The objects of the module's manifests that the cluster has and the state does not: made beside it, or before it was lost."""
        rendered = self.state / "overlay.yaml"
        rendered.write_text(kubectl.run(self.place, "kustomize", self.overlay).stdout, "utf-8")
        found = kubectl.run(self.place, "get", "--filename", rendered, "--ignore-not-found", "--output=json").stdout
        return adoptable(json.loads(found or "{}")) - known_to(self._run(["state", "pull"], timeout=_QUICK_SECONDS).stdout)

    def known(self) -> set[tuple[str, str]]:
        """Kind and name of each object in the state."""
        ids = known_to(self._run(["state", "pull"], timeout=_QUICK_SECONDS).stdout)
        return {(kind, name) for _, kind, _, name in (each.split("/") for each in ids)}

    def _values(self, values: Mapping[str, Any]) -> str:
        path = self.state / "release.tfvars.json"
        path.write_text(json.dumps(values, indent=2), "utf-8")
        return f"-var-file={path}"

    def _run(self, words: list[str], *, timeout: float, ok: tuple[int, ...] = (0,), watch: Callable[[], None] | None = None) -> Completed:
        env = {**environment(), "TF_DATA_DIR": str(self.state / "data")}
        locking = ["-lock-timeout=5s"] if words[0] in {"plan", "apply", "destroy"} else []
        colour = ["-no-color"] if words[0] in {"init", "plan", "apply", "destroy"} else []
        argv: list[str | Path] = [supply.tool(self.place, "terraform"), words[0], *colour, *locking, *words[1:]]
        done = process.run(argv, cwd=self.folder, env=env, timeout=timeout, ok=None, watch=watch)
        if done.returncode not in ok:
            raise translate(words[0], done.stdout + done.stderr)
        return done


def environment() -> dict[str, str]:
    """The person's own Terraform settings stay out: they could add variables or take providers from elsewhere."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("TF_")},
        "TF_CLI_CONFIG_FILE": os.devnull,
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",  # no call home
    }


def adoptable(answer: Mapping[str, Any]) -> set[str]:
    """The provider's names of the objects in an answer of kubectl. It can take over what was applied: it goes by that annotation."""
    found = answer["items"] if answer.get("kind") == "List" else [answer] if answer else []
    return {object_id(each) for each in found if _APPLIED in each["metadata"].get("annotations", {})}


def object_id(content: Mapping[str, Any]) -> str:
    """What the provider calls an object: group, kind, namespace and name."""
    group = content["apiVersion"].rpartition("/")[0]
    return "/".join(part or "_" for part in (group, content["kind"], content["metadata"].get("namespace"), content["metadata"]["name"]))


def known_to(state: str) -> set[str]:
    """The objects in a state, as `terraform state pull` prints it: nothing where there is none."""
    resources = json.loads(state or "{}").get("resources", [])
    managed = [instance for each in resources if each["mode"] == "managed" for instance in each["instances"]]
    return {str(instance["index_key"]) for instance in managed}


def describe(changes: Iterable[Mapping[str, Any]]) -> list[str]:
    """One line per object that a plan changes: `+ Deployment hash`. Objects that stay as they are have none."""
    lines = []
    for change in changes:
        actions = change["change"]["actions"]
        verb = "replace" if len(actions) > 1 else actions[0]
        if change.get("mode") != "managed" or verb not in _SYMBOLS:
            continue
        manifest = json.loads((change["change"].get("after") or change["change"]["before"])["manifest"])
        lines.append(f"{_SYMBOLS[verb]} {manifest['kind']} {manifest['metadata']['name']}")
    return lines


def planned(changes: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The objects that a plan leaves behind."""
    for change in changes:
        if change.get("mode") == "managed" and (after := change["change"].get("after")):
            yield json.loads(after["manifest"])


def summarise(steps: Iterable[str]) -> str:
    """Count the lines by what they do; `NO_CHANGES` when there is none."""
    counts = Counter(step.split()[0] for step in steps)
    words = {"+": "to add", "~": "to change", "-": "to remove", "-/+": "to replace"}
    return ", ".join(f"{counts[symbol]} {word}" for symbol, word in words.items() if counts[symbol]) or NO_CHANGES


def translate(command: str, said: str) -> BusyError | ReleaseError:
    """Turn what Terraform said into one error: its first `Error:` with the detail below it."""
    if "Error acquiring the state lock" in said:
        return BusyError("the Terraform state is locked by another run", fix="wait for that run to end, then nox -s deploy")
    found = _ERROR.search(said)
    if found is None:
        return ReleaseError(f"terraform {command} failed: {' '.join(said.split())[-200:]}", fix="read the stage's log")
    detail = " ".join(line.strip(" │╵|") for line in said[found.end() :].splitlines() if line.strip(" │╵|"))
    return ReleaseError(f"terraform {command}: {found[1].strip()} {detail[:_DETAIL]}".strip(), fix="read the stage's log")


def _state(place: Workspace) -> Path:
    return place.state / "terraform"
