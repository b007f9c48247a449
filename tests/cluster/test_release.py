"""The life of one clone, in order: first release, bad releases, faults, interruption, destruction."""

import json
import os
import signal
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from pipeline import process, workspace
from pipeline.chaos import killing
from pipeline.toolchain import supply
from tests.support import Clone, clean_environment

pytestmark = pytest.mark.timeout(1500)

SERVICE = workspace.locate().settings.service
ANSWER = SERVICE.probe_answer


def answer(clone: Clone) -> tuple[str, str]:
    """The body and the commit of the deployed service's answer."""
    reply = requests.get(clone.place.url + SERVICE.probe_path, timeout=10)
    return reply.text, reply.headers[SERVICE.commit_header]


def head(clone: Clone) -> str:
    return clone.git("rev-parse", "HEAD")


def docker(*words: str) -> str:
    return process.run(["docker", *words], timeout=120).stdout.strip()


def replicas(clone: Clone) -> int:
    argv: list[str | Path] = [
        supply.tool(clone.place, "kubectl"),
        "--kubeconfig",
        clone.place.kubeconfig,
        "get",
        "pods",
        "-A",
        "-l",
        "app.kubernetes.io/name=hash",
    ]
    return len(json.loads(process.run([*argv, "-o", "json"], timeout=30).stdout)["items"])


def test_a_clone_is_deployed_and_says_where_it_answers(clone: Clone) -> None:
    """What comes after the deployment, the attacks above all, is `./run` itself: CI does it next, and it takes longer than all of this."""
    done = clone.run("-s", "deploy")
    assert done.returncode == 0, done.stdout
    assert answer(clone) == (ANSWER, head(clone))
    assert f"each answered {clone.place.url}{SERVICE.probe_path}" in done.stdout
    assert replicas(clone) >= clone.place.settings.replicas_min
    image = clone.place.settings.image
    assert docker("image", "inspect", "-f", "{{.Id}}", f"{image}:latest") == docker(
        "image", "inspect", "-f", "{{.Id}}", f"{image}:{head(clone)}"
    )


def test_a_second_deployment_changes_nothing(clone: Clone) -> None:
    done = clone.run("-s", "deploy")
    assert done.returncode == 0, done.stdout
    record = json.loads((clone.place.evidence(head(clone)) / "deploy.json").read_text())
    assert record["figures"]["plan"] == "no changes"


def test_a_dirty_tree_is_built_and_tested_but_not_deployed(clone: Clone) -> None:
    good = head(clone)
    (clone.root / "app" / "note.txt").write_text("changed")
    try:
        done = clone.run()
    finally:
        (clone.root / "app" / "note.txt").unlink()
    assert done.returncode != 0
    assert f"the tree differs from commit {good[:12]} (app/note.txt) and is not deployed -> git commit" in done.stdout
    assert docker("image", "inspect", "-f", "{{.Id}}", f"{clone.place.settings.image}:{good}-dirty")
    assert json.loads((clone.place.evidence(f"{good}-dirty") / "integrate.json").read_text())["verdict"] == "passed"
    assert answer(clone) == (ANSWER, good)


def test_a_wrong_digest_is_stopped_before_it_is_deployed(clone: Clone) -> None:
    good = head(clone)
    source = next(path for path in sorted((clone.root / "app").glob("*.py")) if "hashlib.sha1(" in path.read_text())
    source.write_text(source.read_text().replace("hashlib.sha1(", "hashlib.sha224("))
    clone.commit("Answer another digest")
    done = clone.run("-s", "integrate")
    assert done.returncode != 0, done.stdout
    assert ANSWER in done.stdout
    assert answer(clone) == (ANSWER, good)
    clone.git("reset", "-q", "--hard", good)


@pytest.mark.usefixtures("deployed")
def test_a_release_that_never_gets_ready_is_rolled_back_and_stays_red(clone: Clone) -> None:
    good = head(clone)
    deployment = clone.root / "terraform" / "manifests" / "base" / "deployment.yaml"
    text = deployment.read_text()
    period = "            periodSeconds: 1\n"
    assert period in text
    # The startup probe's: a mistake that neither a gate nor a fast test knows.
    deployment.write_text(text.replace(period, f"            initialDelaySeconds: 300\n{period}", 1))
    bad = clone.commit("Wait five minutes before the first probe")
    for attempt in ("first", "second"):
        done = clone.run("-s", "deploy")
        assert done.returncode != 0, f"{attempt} apply of a bad release was green:\n{done.stdout}"
        assert f"release {bad[:12]} failed" in done.stdout
        assert "hash-trial: " in done.stdout, "it was found while it was tried"
        assert f"release {good[:12]} runs again and answers" in done.stdout
        assert answer(clone) == (ANSWER, good)
    clone.git("revert", "--no-edit", bad)
    assert clone.run("-s", "deploy").returncode == 0
    assert answer(clone) == (ANSWER, head(clone))


@pytest.mark.usefixtures("deployed")
def test_a_locked_state_is_one_line(clone: Clone) -> None:
    holder = hold_terraform_lock(clone.place.state / "terraform" / "terraform.tfstate")
    try:
        done = clone.run("-s", "deploy")
    finally:
        holder()
    assert done.returncode != 0
    assert "lock" in done.stdout
    assert "Traceback" not in done.stdout
    assert clone.run("-s", "deploy").returncode == 0
    assert answer(clone) == (ANSWER, head(clone))


def hold_terraform_lock(state: Path) -> Callable[[], None]:
    """Lock the state file the way Terraform's local backend does (fcntl), from another process; return what frees it."""
    script = (
        f"import fcntl, sys; f = open({str(state)!r}, 'r+'); fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(["python3", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"

    def free() -> None:
        child.communicate("")

    return free


def ended(clone: Clone, stage: str, moment: str, by: signal.Signals) -> None:
    """Run `deploy` until its `stage` calls a program with `moment` among its words; Ctrl-C then, or SIGKILL to all of it at once."""
    log, mark = clone.place.evidence(head(clone)) / f"{stage}.log", uuid.uuid4().hex
    process.ended(
        ["./run", "-s", "deploy"],
        when=lambda: killing.reached(log, moment),
        end=lambda leader: os.killpg(leader, by) if by == signal.SIGINT else killing.kill(mark),
        within=900,
        after=30,
        cwd=clone.root,
        env=clean_environment() | {"PORTCULLIS_CHAOS": mark},
    )
    assert killing.lasting(mark) == [], "something of an ended run goes on"


@pytest.mark.usefixtures("deployed")
def test_a_deleted_cluster_and_runs_ended_in_the_middle_are_nothing_that_the_next_one_trips_over(clone: Clone) -> None:
    docker("rm", "-f", "-v", clone.place.name)
    clone.commit("Be interrupted")
    ended(clone, "cluster", " start --output=json", signal.SIGINT)  # a cluster half made
    ended(clone, "deploy", " apply ", signal.SIGKILL)  # a release half applied
    done = clone.run("-s", "deploy")
    assert done.returncode == 0, done.stdout
    assert answer(clone) == (ANSWER, head(clone))


def test_destroy_leaves_nothing_and_can_be_repeated(clone: Clone) -> None:
    name = clone.place.name
    assert clone.run("-s", "destroy").returncode == 0
    listings = (["docker", "ps", "-a"], ["docker", "network", "ls"], ["docker", "volume", "ls"], ["iptables-save"], ["ip", "-br", "link"])
    left = "".join(process.run(argv, timeout=30, ok=None).stdout for argv in listings)
    assert name not in left
    assert clone.place.instance not in left
    assert not clone.place.state.exists()
    assert clone.run("-s", "destroy").returncode == 0
