"""Attacks on the gates themselves: nothing to examine, files that cannot be parsed, tools that do nothing, rules and permissions bent."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.errors import UsageError
from pipeline.gates import inputs, ledger, runner, verdict
from pipeline.gates.catalogue import GATES, Step
from pipeline.gates.context import Context, Tool, pinned
from pipeline.gates.inputs import Inputs
from pipeline.gates.prove import matrix, tree
from pipeline.gates.prove.matrix import Result
from pipeline.gates.prove.mutant import Mutant, VoidError
from pipeline.gates.report import Report
from pipeline.gates.verdict import Floor, Verdict
from pipeline.workspace import Workspace

_PARALLEL = 3
# Checks without a program of their own, or (trivy image) with an input that an attack has no copy of.
_IN_PROCESS = {"links", "suppressions", "debian security", "terraform validate", "trivy image"}


@dataclass(frozen=True)
class Attack:
    """One attack: what is attacked, how, and a function that returns why it succeeded, empty when it was noticed."""

    gate: str
    tool: str
    name: str
    run: Callable[[Workspace, str], str]


def run(place: Workspace, image: str) -> list[Result]:
    """Try every attack, several at a time."""

    def fate(attack: Attack) -> Result:
        try:
            why = attack.run(place, image)
        except VoidError as error:
            return Result(attack.gate, attack.tool, attack.name, "void", str(error))
        return Result(attack.gate, attack.tool, attack.name, "survived" if why else "killed", why)

    with ThreadPoolExecutor(_PARALLEL) as pool:
        return list(pool.map(fate, catalogue()))


def catalogue() -> list[Attack]:
    """Every attack."""
    steps = [(gate, step) for gate, steps in GATES.items() for step in steps]
    found = [Attack(gate, step.tool, "gets nothing to examine", _empty(gate, step)) for gate, step in steps]
    found += [Attack(gate, step.tool, "is replaced by `true`", _idle(gate, step)) for gate, step in steps if step.tool not in _IN_PROCESS]
    found += [Attack(gate, "any", f"meets {what}", _unfit(gate, name, data)) for gate, what, name, data in _UNFIT]
    found += [Attack("sast", "ledger", what, _ledger(change)) for what, change in _LEDGER]
    found += [Attack("sast", "floors", what, _floors(floors)) for what, floors in _FLOORS]
    found += [Attack("policy", "opa", what, _rules(old, new)) for what, old, new in _RULES]
    return found + [
        Attack("prove", "matrix", f"{file} is loosened", _loosened(file, old, new, mutant)) for file, old, new, mutant in _LOOSENED
    ]


def _noticed(judged: Verdict) -> str:
    return "the gate stayed green" if judged.green else ""


def _empty(gate: str, step: Step) -> Callable[[Workspace, str], str]:
    def attack(place: Workspace, image: str) -> str:
        with tempfile.TemporaryDirectory(prefix="portcullis-prove-") as folder:
            found = runner.examine(step, Context(place, own=True, image=image), Inputs(Path(folder), ()))
        floor = runner.load_floors(_floors_of(place))[gate][step.tool]
        return _noticed(verdict.judge(gate, [found], floors={step.tool: floor}))

    return attack


def _idle(gate: str, step: Step) -> Callable[[Workspace, str], str]:
    def supplier(place: Workspace, name: str) -> Tool:
        return replace(pinned(place, name), path=Path(shutil.which("true") or "/bin/true"))

    def attack(place: Workspace, image: str) -> str:
        found = runner.examine(step, Context(place, own=True, image=image, supplier=supplier), inputs.of_tree(place.root))
        floor = runner.load_floors(_floors_of(place))[gate][step.tool]
        return _noticed(verdict.judge(gate, [found], floors={step.tool: floor}))

    return attack


_POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: planted\n"
_UNFIT = [
    ("lint", "Python with a syntax error", "a.py", b"def (\n"),
    ("sast", "Python with a syntax error", "a.py", b"def (\n"),
    ("sast", "Python with null bytes", "a.py", b"a = 1\0\n"),
    ("sast", "Python that is not UTF-8", "a.py", b"a = '\xff'\n"),
    ("lint", "HCL with a syntax error", "main.tf", b'resource "x" {\n'),
    ("iac", "HCL with a syntax error", "main.tf", b'resource "x" {\n'),
    ("iac", "YAML cut off in the middle", "pod.yaml", f"{_POD}spec: [".encode()),
    ("policy", "YAML with a key twice", "pod.yaml", f"{_POD}kind: Service\n".encode()),
    ("policy", "YAML nested without end", "pod.yaml", f"{_POD}spec: {'[' * 500}{']' * 500}\n".encode()),
    ("policy", "YAML of 10 MB", "pod.yaml", f"{_POD}spec: {'x' * (10 << 20)}\n".encode()),
    ("policy", "a Dockerfile without FROM", "Dockerfile", b"RUN true\n"),
    ("lint", "an empty Dockerfile", "Dockerfile", b""),
    ("lint", "TOML with a syntax error", "a.toml", b"a = \n"),
    ("lint", "Rego with a syntax error", "a.rego", b"package a\n\nx := {\n"),
    ("workflows", "a workflow that is none", ".github/workflows/a.yml", b"a: [\n"),
    ("policy", "a kustomization with a base elsewhere", "kustomization.yaml", b"resources:\n  - https://planted.example/base\n"),
    ("policy", "a kustomization without its resource", "kustomization.yaml", b"resources:\n  - planted.yaml\n"),
    ("deps", "a requirement without hash", "requirements.txt", b"requests==2.34.2\n"),
]


def _unfit(gate: str, name: str, data: bytes) -> Callable[[Workspace, str], str]:
    def attack(place: Workspace, _image: str) -> str:
        with tempfile.TemporaryDirectory(prefix="portcullis-prove-") as folder:
            root = Path(folder)
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
            judged = runner.foreign(gate, Context(place, own=False), inputs.of_paths(root, [root]))
        return _noticed(judged) if judged else "the gate saw nothing to do"

    return attack


def _set(**fields: Any) -> Callable[[list[dict[str, Any]]], None]:  # noqa: ANN401 - whatever a ledger's author might write
    return lambda entries: entries[0].update(fields)


_TODAY = dt.datetime.now(dt.UTC).date()
_LEDGER: list[tuple[str, Callable[[list[dict[str, Any]]], object]]] = [
    ("has an entry for every rule", _set(rule="*")),
    ("has an entry for a whole folder", _set(file="pipeline/")),
    ("has an entry for a pattern of files", _set(file="pipeline/*.py")),
    ("has an entry that covers nothing", _set(rule="B999")),
    ("has an entry that expired", _set(added=_TODAY - dt.timedelta(days=9), expires=_TODAY - dt.timedelta(days=1))),
    ("has an entry for ever", _set(expires=_TODAY + dt.timedelta(days=9999))),
    ("has an entry without a reason", _set(reason="ok")),
    ("has an entry without an owner", _set(owner="")),
    ("has an entry twice", lambda entries: entries.append(dict(entries[0]))),
    ("lost an entry", lambda entries: entries.pop(0)),
]


def _ledger(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Workspace, str], str]:
    def attack(place: Workspace, image: str) -> str:
        text = (place.root / "policies" / "exceptions.toml").read_text("utf-8")
        entries = [dict(each) for each in tomllib.loads(text)["exception"] if each["gate"] == "sast"]
        change(entries)
        try:
            bent = ledger.parse({"exception": entries}, _TODAY)
        except UsageError:
            return ""
        return _noticed(verdict.judge("sast", _bandit(place, image), floors=runner.load_floors(_floors_of(place))["sast"], ledger=bent))

    return attack


_FLOORS: list[tuple[str, dict[str, Floor]]] = [
    ("are all gone", {}),
    ("are for another tool", {"other": Floor(1)}),
    ("are far below what there is", {"bandit": Floor(1, 1)}),
    ("are above what there is", {"bandit": Floor(100_000, 1)}),
]


def _floors(floors: dict[str, Floor]) -> Callable[[Workspace, str], str]:
    def attack(place: Workspace, image: str) -> str:
        entries = ledger.load(place.root / "policies" / "exceptions.toml", _TODAY)
        mine = [entry for entry in entries if entry.gate == "sast"]
        return _noticed(verdict.judge("sast", _bandit(place, image), floors=floors, ledger=mine))

    return attack


def _bandit(place: Workspace, image: str) -> list[Report]:
    return runner.reports(GATES["sast"], Context(place, own=True, image=image), inputs.of_tree(place.root), cache=True)


def _floors_of(place: Workspace) -> Path:
    return place.root / "policies" / "floors.toml"


_RULES = [
    ("the rules are in another namespace", r"^package portcullis$", "package elsewhere"),
    (
        "a rule is deleted",
        r'^deny contains in_container\(container, "image-tag".*?(?=^deny contains in_container\(container, "image-registry")',
        "",
    ),
    ("a rule never fires", r"(?<=not fixed_image\(image, namespace\(container.pod.of\)\))", "\n\tfalse"),
]


def _rules(old: str, new: str) -> Callable[[Workspace, str], str]:
    """Bend policies/workload.rego in a copy, and judge the copy by the whole policy gate."""

    def attack(place: Workspace, image: str) -> str:
        with tempfile.TemporaryDirectory(prefix="portcullis-prove-") as folder:
            bent = _copy(place, Path(folder), Mutant("opa", "", "policies/workload.rego", old, new, pattern=True))
            found = inputs.of_paths(bent.root, [bent.root])
            return _noticed(runner.own("policy", Context(bent, own=True, image=image), found, strict=False))

    return attack


def _copy(place: Workspace, root: Path, change: Mutant) -> Workspace:
    """A copy of the whole tree with one file changed. Raises `VoidError` when that file is not as expected."""
    tree.copy(place.root, root, tree.files(place.root))
    change.apply(root)
    return replace(place, root=root)


def _mutant(tool: str, rule: str) -> Mutant:
    return next(each for each in matrix.MUTANTS if (each.tool, each.rule) == (tool, rule))


_LOOSENED = [
    ("policies/yamllint.yaml", "rules:\n", "rules:\n  trailing-spaces: disable\n", _mutant("yamllint", "trailing-spaces")),
    (
        "policies/hadolint.yaml",
        "failure-threshold: style\n",
        "failure-threshold: style\nignored: [DL3006]\n",
        _mutant("hadolint", "DL3006"),
    ),
    (
        "policies/gitleaks.toml",
        "useDefault = true\n",
        'useDefault = true\ndisabledRules = ["github-pat"]\n',
        _mutant("gitleaks", "github-pat"),
    ),
    ("policies/tflint.hcl", '  preset  = "all"\n', '  preset  = "recommended"\n', _mutant("tflint", "terraform_documented_variables")),
    ("policies/trivy/registries.yaml", "[portcullis.local]", "[portcullis.local, elsewhere.example]", _mutant("trivy config", "KSV-0125")),
    ("pyproject.toml", '    "COM812",', '    "S105",\n    "COM812",', _mutant("ruff", "S105")),
    ("policies/rules.toml", "lowest_user = 10000", "lowest_user = 0", _mutant("opa", "run-as-user")),
    ("policies/rules.toml", '"cluster-admin", "edit"', '"edit"', _mutant("opa", "cluster-admin")),
]


def _loosened(file: str, old: str, new: str, mutant: Mutant) -> Callable[[Workspace, str], str]:
    """A loosened configuration has to show: the mutant that it lets through survives, and the matrix is red."""

    def attack(place: Workspace, image: str) -> str:
        entries = ledger.load(place.root / "policies" / "exceptions.toml", _TODAY)
        with tempfile.TemporaryDirectory(prefix="portcullis-prove-") as folder:
            bent = _copy(place, Path(folder), Mutant("", "", file, old, new))
            (result,) = matrix.run(bent, image, entries, [mutant])
        return "" if result.fate == "survived" else f"the matrix did not show it: {result.fate} {result.why}"

    return attack
