"""A planted violation stops `./run` before anything is built, and says how to mend it."""

import json
import shutil
from collections.abc import Callable, Iterator

import pytest
import yaml

from pipeline import workspace
from pipeline.gates.prove.matrix import MUTANTS
from pipeline.workspace import ROOT
from tests.support import Clone, make_repository

pytestmark = pytest.mark.timeout(600)

PICKED = [
    (("opa", "privileged"), "policy: terraform/manifests/base/deployment.yaml:1 privileged [Deployment/hash]", "remove privileged: true"),
    (("bandit", "B602"), "sast: pipeline/page/scale.py:", "bandit.readthedocs.io"),
    (("zizmor", "unpinned-uses"), "workflows: .github/workflows/pipeline.yml:", "docs.zizmor.sh/audits/#unpinned-uses"),
]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    root = make_repository(tmp_path_factory.mktemp("gated"))
    made = Clone(root, workspace.locate(root))
    yield made
    made.run("-s", "destroy", timeout=300)
    shutil.rmtree(made.place.state, ignore_errors=True)


@pytest.fixture
def plant(bare: Clone) -> Iterator[Callable[[str, str], str]]:
    """Commits a planted violation, returns the commit, and takes it back afterwards."""
    good = bare.git("rev-parse", "HEAD")

    def commit(tool: str, rule: str) -> str:
        next(each for each in MUTANTS if (each.tool, each.rule) == (tool, rule)).apply(bare.root)
        return bare.commit("Plant something")

    yield commit
    bare.git("reset", "-q", "--hard", good)


@pytest.mark.parametrize(("violation", "place", "advice"), PICKED)
def test_a_planted_violation_is_told_with_its_place_and_its_fix(
    bare: Clone, plant: Callable[[str, str], str], violation: tuple[str, str], place: str, advice: str
) -> None:
    plant(*violation)
    done = bare.run("-s", place.partition(":")[0])
    assert done.returncode != 0, done.stdout
    lines = [text for text in done.stdout.splitlines() if text.startswith(place) and f" {violation[1]} " in text]
    assert lines, done.stdout
    assert all(" -> " in line and advice in line for line in lines), lines


def test_a_planted_violation_stops_the_run_before_the_build(bare: Clone, plant: Callable[[str, str], str]) -> None:
    records = bare.place.evidence(plant("opa", "privileged"))
    assert bare.run("-s", "build").returncode != 0
    assert json.loads((records / "policy.json").read_text())["verdict"] == "failed"
    assert not (records / "build.json").exists()


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
