"""A planted violation stops `./run` before anything is built, and says how to mend it."""

import shutil
from collections.abc import Iterator

import pytest
import yaml

from pipeline import workspace
from pipeline.gates.prove.matrix import MUTANTS
from pipeline.workspace import ROOT
from tests.support import Clone, make_repository

pytestmark = pytest.mark.timeout(600)

PICKED = [
    ("opa", "privileged", "policy: terraform/manifests/base/deployment.yaml:1 privileged [Deployment/hash]", "remove privileged: true"),
    ("bandit", "B602", "sast: pipeline/page/scale.py:", "bandit.readthedocs.io"),
    ("zizmor", "unpinned-uses", "workflows: .github/workflows/pipeline.yml:", "docs.zizmor.sh/audits/#unpinned-uses"),
]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    root = make_repository(tmp_path_factory.mktemp("gated"))
    made = Clone(root, workspace.locate(root))
    yield made
    made.run("-s", "destroy", timeout=300)
    shutil.rmtree(made.place.state, ignore_errors=True)


@pytest.mark.parametrize(("tool", "rule", "place", "advice"), PICKED)
def test_a_planted_violation_stops_the_run_before_the_build(bare: Clone, tool: str, rule: str, place: str, advice: str) -> None:
    good = bare.git("rev-parse", "HEAD")
    next(each for each in MUTANTS if (each.tool, each.rule) == (tool, rule)).apply(bare.root)
    bare.commit("Plant something")
    done = bare.run("-s", "build")
    bare.git("reset", "-q", "--hard", good)
    assert done.returncode != 0, done.stdout
    lines = [text for text in done.stdout.splitlines() if text.startswith(place) and f" {rule} " in text]
    assert lines, done.stdout
    assert all(" -> " in line and advice in line for line in lines), lines
    assert "Starting session build" not in done.stdout


def test_every_mutant_and_every_attack_is_refused(bare: Clone) -> None:
    done = bare.run("-s", "prove")
    assert done.returncode == 0, done.stdout
    assert "mutants and attacks, all killed" in done.stdout


def test_the_hook_runs_the_gates_of_this_tree(bare: Clone) -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    (hook,) = repository["hooks"]
    program, *words = hook["entry"].split()
    assert program == "./run"
    done = bare.run(*words)
    assert done.returncode == 0, done.stdout
