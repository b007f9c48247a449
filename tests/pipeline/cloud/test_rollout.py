"""What the module is given for the second cluster, and how an answer through the Ingress is judged."""

import re
from pathlib import Path

import pytest

from pipeline import rules, workspace
from pipeline.cloud import rollout, spec
from pipeline.cloud.ingress import Answer
from pipeline.workspace import ROOT

SECOND = spec.second(workspace.locate())
COMMIT, DIGEST, IMAGE_ID = "c" * 40, f"sha256:{'d' * 64}", f"sha256:{'1' * 64}"
TARGET = rollout.target(SECOND, COMMIT, DIGEST, IMAGE_ID)


def test_a_release_is_named_by_its_commit_and_pinned_by_what_the_registry_answered() -> None:
    assert TARGET.reference == f"portcullis.local/hash:{COMMIT}@{DIGEST}"
    assert re.search(rules.load(ROOT).values["fixed_image"], TARGET.reference)
    assert (TARGET.release().commit, TARGET.release().image, TARGET.release().image_id) == (COMMIT, TARGET.reference, DIGEST)


def test_the_variables_are_the_module_s_own() -> None:
    given = rollout.values(SECOND, TARGET, Path("/kubeconfig"))
    declared = re.findall(r'^variable "(\w+)"', (ROOT / "terraform" / "variables.tf").read_text(), re.MULTILINE)
    assert set(given) <= set(declared)
    assert (given["context"], given["overlay"], given["image"]) == (SECOND.name, "cloud", TARGET.reference)
    assert rollout.values(SECOND, TARGET, Path("/kubeconfig"), "elsewhere")["context"] == "elsewhere"


def test_the_module_is_the_main_cluster_s_with_the_other_overlay() -> None:
    used = rollout.module(SECOND, Path("/kubeconfig"))
    assert used.folder == ROOT / "terraform"
    assert (used.overlay / "ingress.yaml").is_file()
    assert spec.second(workspace.locate()).state in used.state_file.parents


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer(200, "6367c48d\n", COMMIT, "hash-1"), ""),
        (Answer(0, "", "", ""), "answers nothing"),
        (Answer(404, "", "", ""), "answers 404"),
        (Answer(200, "other", COMMIT, "hash-1"), "answers 'other', expected '6367c48d'"),
        (Answer(200, "6367c48d", "d" * 40, "hash-1"), "answers for commit dddddddddddd, expected cccccccccccc"),
    ],
)
def test_an_answer_is_the_right_body_of_the_right_release(answer: Answer, fault: str) -> None:
    assert rollout.wrong(answer, "6367c48d", COMMIT) == fault
