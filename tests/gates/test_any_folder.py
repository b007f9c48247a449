"""Other people's files, judged by the real tools with this project's configuration."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import workspace
from pipeline.gates import runner
from pipeline.gates.catalogue import FOLDER_GATES, GATES
from pipeline.gates.checks import rego
from pipeline.gates.context import Context
from pipeline.gates.inputs import Inputs
from pipeline.workspace import ROOT
from tests.support import clean_environment, make_repository

pytestmark = pytest.mark.timeout(300)

SHA = "0123456789abcdef0123456789abcdef01234567"
POD = f"""apiVersion: v1
kind: Pod
metadata:
  name: a
  namespace: a
spec:
  containers:
    - name: a
      image: registry.example/a:{SHA}
"""


def gate(name: str, *paths: Path) -> tuple[int, dict[str, Any]]:
    words = [sys.executable, "-m", "pipeline", "gate", name, *map(str, paths), "--json"]
    done = subprocess.run(words, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout else {"stderr": done.stderr}


def rules(judged: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in judged["findings"]}


def test_clean_files_of_every_kind_pass(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('"""A module."""\n\nANSWER = 42\n')
    (tmp_path / "a.sh").write_text("#!/bin/sh\necho hello\n")
    (tmp_path / "a.toml").write_text("a = 1\n")
    (tmp_path / "README.md").write_text("# A\n\nSee [the module](a.py).\n")
    (tmp_path / "a.yaml").write_text("a: 1\n")
    for name in ("lint", "sast", "secrets", "policy"):
        if name != "policy":
            code, judged = gate(name, tmp_path)
            assert (code, judged["findings"], judged["errors"]) == (0, [], []), name


def test_a_manifest_alone_is_judged_by_scanners_and_rules(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    code, judged = gate("policy", tmp_path / "pod.yaml")
    assert code == 1
    assert {"run-as-non-root", "capabilities-drop", "default-deny", "resources"} <= rules(judged)
    assert "image-registry" not in rules(judged)  # whose registry it has to be is nobody else's business
    assert all(finding["file"] == "pod.yaml" for finding in judged["findings"])
    code, judged = gate("iac", tmp_path)
    assert code == 1
    assert {"CKV_K8S_20", "KSV-0001"} <= rules(judged)


def test_every_document_of_a_file_is_judged(tmp_path: Path) -> None:
    second = POD.replace("name: a", "name: b", 1).replace("spec:\n", "spec:\n  hostPID: true\n")
    (tmp_path / "pods.yml").write_text(f"{POD}---\n{second}")
    _, judged = gate("policy", tmp_path)
    (finding,) = [each for each in judged["findings"] if each["rule"] == "host-namespace"]
    assert (finding["resource"], finding["line"]) == ("Pod/b", POD.count("\n") + 2)


def test_a_kustomize_folder_is_judged_as_it_renders(tmp_path: Path) -> None:
    base, overlay = tmp_path / "base", tmp_path / "overlay"
    base.mkdir()
    overlay.mkdir()
    (base / "pod.yaml").write_text(POD)
    (base / "kustomization.yaml").write_text("resources: [pod.yaml]\n")
    (overlay / "kustomization.yaml").write_text("resources: [../base]\npatches: [{path: patch.yaml}]\n")
    (overlay / "patch.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: a}\nspec: {hostIPC: true}\n")
    _, judged = gate("policy", tmp_path)
    assert [each["file"] for each in judged["findings"] if each["rule"] == "host-namespace"] == ["base/pod.yaml"]


def test_terraform_dockerfiles_and_workflows_are_found_under_any_name(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n')
    (tmp_path / "web.image").write_text("FROM debian:latest\nRUN curl http://x\n")
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "ci.yml").write_text("on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v5\n")
    _, judged = gate("iac", tmp_path)
    assert {"infra/main.tf", "web.image"} <= {finding["file"] for finding in judged["findings"]}
    _, judged = gate("policy", tmp_path)
    assert {"base-image", "image-user", "build-network"} <= rules(judged)
    _, judged = gate("workflows", tmp_path)
    assert "unpinned-uses" in rules(judged)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.py", b"def (\n", "sast"),
        ("a.py", b"a = 1\0\n", "sast"),
        ("main.tf", b'resource "x" {\n', "lint"),
        ("pod.yaml", POD.encode() + b"  bad: [\n", "policy"),
        ("pod.yaml", POD.replace("\n", "\r\n").encode() + b"\xff", "iac"),
        ("Dockerfile", b"RUN true\n", "policy"),
        ("devbox.json", b"{", "policy"),
    ],
)
def test_what_cannot_be_parsed_is_an_error_or_a_finding_never_a_pass(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    (tmp_path / name).write_bytes(data)
    started = time.monotonic()
    code, _ = gate(kind, tmp_path)
    assert code in {1, 2}
    assert time.monotonic() - started < 20


def test_windows_line_ends_change_nothing_about_the_rules(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_bytes(POD.replace("\n", "\r\n").encode())
    code, judged = gate("policy", tmp_path)
    assert code == 1
    assert "run-as-non-root" in rules(judged)


def test_a_link_loop_does_not_hang(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("a = 1\n")
    (tmp_path / "loop").symlink_to("loop")
    code, judged = gate("sast", tmp_path)
    assert code == 2
    assert judged["errors"] == ["loop: a symbolic link that leads nowhere"]


def test_a_path_that_is_not_there_and_one_with_nothing_to_judge_are_errors(tmp_path: Path) -> None:
    code, said = gate("sast", tmp_path / "nowhere")
    assert code == 2
    assert "does not exist" in said["stderr"]
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    code, said = gate("sast", tmp_path)
    assert code == 2
    assert "nothing that sast understands" in said["stderr"]


def test_the_judged_folder_cannot_silence_the_judges(tmp_path: Path) -> None:
    silence = "no" + "sec"
    (tmp_path / "a.py").write_text(f'import hashlib\nhashlib.md5(b"x")  # {silence}\n')
    (tmp_path / ".bandit").write_text("[bandit]\nskips: B324\n")
    _, judged = gate("sast", tmp_path)
    assert rules(judged) == {"B324"}
    _, judged = gate("policy", tmp_path)
    assert {"inline-suppression", "scanner-configuration"} <= rules(judged)


def test_the_stage_judges_a_folder_with_every_gate_that_understands_it(tmp_path: Path) -> None:
    # By a clone: this tree's evidence tells what was found in this tree.
    root, judged = make_repository(tmp_path / "clone"), tmp_path / "judged"
    judged.mkdir()
    (judged / "pod.yaml").write_text(POD)
    done = subprocess.run(
        [root / "run", "-s", "gates", "--", "."],
        cwd=judged,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode != 0
    assert "policy: pod.yaml:1 run-as-non-root [Pod/a]" in done.stdout
    assert "-> set runAsNonRoot: true" in done.stdout


@pytest.mark.parametrize("name", sorted(FOLDER_GATES))
def test_no_gate_passes_an_empty_folder(tmp_path: Path, name: str) -> None:
    place = workspace.locate()
    assert runner.foreign(name, Context(place, own=False), Inputs(tmp_path, ())) is None
    code, _ = gate(name, tmp_path)
    assert code == 2


# The boundaries of our own rules: OPA's answer for generated pods, against the rule said once more in Python.
IMAGES = st.sampled_from(
    [
        f"r/a:{SHA}",
        f"r/a:{SHA[:-1]}",
        f"r/a:{SHA}0",
        f"r/a@sha256:{SHA}{SHA[:24]}",
        f"r/a@sha256:{SHA}",
        "r/a",
        "r/a:latest",
        f"r/a:{SHA.upper()}",
    ]
)
FIXED = {f"r/a:{SHA}", f"r/a@sha256:{SHA}{SHA[:24]}"}
PODS = st.fixed_dictionaries(
    {
        "image": IMAGES,
        "user": st.none() | st.sampled_from([0, 1, 9_999, 10_000, 65_532, 2**31 - 1]),
        "non_root": st.sampled_from([None, True, False]),
        "own_non_root": st.sampled_from([None, True, False]),
        "drop": st.sampled_from([None, [], ["ALL"], ["NET_RAW"], ["NET_RAW", "ALL"], ["all"]]),
        "port": st.none() | st.sampled_from([0, 1, 8080]),
    }
)


def made(wish: dict[str, Any]) -> dict[str, Any]:
    context = {"capabilities": {"drop": wish["drop"]} if wish["drop"] is not None else {}, "runAsNonRoot": wish["own_non_root"]}
    container = {
        "name": "a",
        "image": wish["image"],
        "securityContext": {key: value for key, value in context.items() if value is not None},
        "ports": [] if wish["port"] is None else [{"hostPort": wish["port"]}],
    }
    outer = {"runAsUser": wish["user"], "runAsNonRoot": wish["non_root"]}
    spec = {"securityContext": {key: value for key, value in outer.items() if value is not None}, "containers": [container]}
    return {"kind": "Pod", "metadata": {"name": "a", "namespace": "a"}, "spec": spec}


def expected(wish: dict[str, Any]) -> set[str]:
    non_root = wish["own_non_root"] if wish["own_non_root"] is not None else wish["non_root"]
    return {
        rule
        for rule, broken in {
            "image-tag": wish["image"] not in FIXED,
            "run-as-user": wish["user"] is None or wish["user"] < 10_000,
            # A pod that allows root is refused whatever its containers say: the next one would not say it.
            "run-as-non-root": non_root is not True or wish["non_root"] is False,
            "capabilities-drop": "ALL" not in (wish["drop"] or []),
            "host-port": bool(wish["port"]),
        }.items()
        if broken
    }


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=st.lists(PODS, min_size=1, max_size=25))
def test_our_rules_say_the_same_as_their_sentences(tmp_path: Path, wishes: list[dict[str, Any]]) -> None:
    context = Context(workspace.locate(), own=False, scratch=tmp_path)
    documents = [
        {"kind": "bundle", "objects": [{"content": made(wish), "file": f"{number}", "line": 1, "name": "Pod/a"}]}
        for number, wish in enumerate(wishes)
    ]
    said = rego.evaluate(context, documents)
    for number, wish in enumerate(wishes):
        found = {finding.rule for finding in said.findings if finding.file == str(number)}
        assert found & {"image-tag", "run-as-user", "run-as-non-root", "capabilities-drop", "host-port"} == expected(wish)


def test_the_gates_are_the_documented_ones() -> None:
    readme = (ROOT / "README.md").read_text()
    for name in GATES:
        assert f"`{name}`" in readme or name == "image", name
