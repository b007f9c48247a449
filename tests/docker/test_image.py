"""The image's structure, read from its archive: what is not in there cannot be attacked. The stage `scan` runs this too."""

import json
import stat
import tarfile
from pathlib import PurePosixPath

import pytest

from pipeline import commit, engine, image, process
from pipeline.image import Built
from pipeline.workspace import ROOT, Workspace, locate

pytestmark = pytest.mark.timeout(600)

SERVICE = locate().settings.service
TMP = PurePosixPath("/tmp")  # noqa: S108 - the image's folder, not this machine's
MAX_BYTES, MAX_PACKAGES = 60_500_000, 14


@pytest.fixture(scope="module")
def configuration(built: Built) -> dict[str, object]:
    with tarfile.open(built.archive) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))[0]  # type: ignore[arg-type]
        return dict(json.load(tar.extractfile(manifest["Config"])))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def files(built: Built) -> dict[PurePosixPath, tarfile.TarInfo]:
    with tarfile.open(built.archive) as tar:
        found: dict[PurePosixPath, tarfile.TarInfo] = {}
        for layer in json.load(tar.extractfile("manifest.json"))[0]["Layers"]:  # type: ignore[arg-type]
            with tarfile.open(fileobj=tar.extractfile(layer)) as content:
                found |= {PurePosixPath("/") / member.name: member for member in content}
        removed = [path for path in found if path.name.startswith(".wh.")]
        assert not removed, "an earlier layer keeps what a later one removes"
        return found


def test_it_is_small(built: Built) -> None:
    assert built.bytes <= MAX_BYTES
    assert built.packages <= MAX_PACKAGES


def test_no_shell_and_no_package_manager(files: dict[PurePosixPath, tarfile.TarInfo]) -> None:
    tools = {"sh", "bash", "dash", "busybox", "apt", "apt-get", "dpkg", "pip", "pip3", "curl", "wget", "perl", "env"}
    assert [str(path) for path, member in files.items() if path.name in tools and not member.isdir()] == []
    programs = [str(path) for path in files if path.parent in {PurePosixPath("/usr/bin"), PurePosixPath("/usr/sbin")}]
    assert programs == ["/usr/bin/python3.13"]


def test_nothing_is_setuid_and_nothing_is_writable_to_the_service(files: dict[PurePosixPath, tarfile.TarInfo]) -> None:
    for path, member in files.items():
        assert not member.mode & (stat.S_ISUID | stat.S_ISGID), path
        assert (member.uid, member.gid) == (0, 0), path
        if not member.issym() and path != TMP:
            assert not member.mode & (stat.S_IWGRP | stat.S_IWOTH), path
    assert files[TMP].mode == 0o1777


def test_scanners_find_every_package(files: dict[PurePosixPath, tarfile.TarInfo], built: Built) -> None:
    records = [path for path in files if str(path.parent) == "/var/lib/dpkg/status.d" and path.suffix != ".md5sums"]
    assert len(records) == built.packages
    assert any(path.name == "METADATA" and path.parent.name.startswith("prometheus_client-") for path in files)
    assert PurePosixPath("/usr/lib/os-release") in files


def test_every_module_is_compiled_and_no_source_of_the_project_leaks(files: dict[PurePosixPath, tarfile.TarInfo]) -> None:
    modules = PurePosixPath("/usr/local/lib/python3.13/dist-packages")
    for path in (path for path in files if path.suffix == ".py" and path.parts[1] == "usr"):
        assert path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc" in files, path
    listing = process.run(["git", "ls-files", "-co", "--exclude-standard", "app"], cwd=ROOT, timeout=30).stdout.splitlines()
    ours = {str(path.relative_to(modules)) for path, member in files.items() if path.is_relative_to(modules / "app") and member.isfile()}
    assert {name for name in ours if "__pycache__" not in name} == set(listing)
    top = {path.parts[1] for path in files if len(path.parts) > 1}
    assert top <= {"bin", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "sys", "tmp", "usr", "var"}


def test_user_labels_and_entry_point(configuration: dict[str, dict[str, object]]) -> None:
    tree = commit.read(ROOT)
    settings = configuration["config"]
    assert settings["User"] == "65532:65532"
    assert settings["Entrypoint"] == ["/usr/bin/python3.13", "-I", "-B", "-m", "app"]
    assert "Cmd" not in settings
    assert settings["ExposedPorts"] == {f"{port}/tcp": {} for port in (SERVICE.port, SERVICE.metrics_port)}  # requests, and metrics
    assert settings["Healthcheck"] == {"Test": ["NONE"]}
    labels = settings["Labels"]
    assert isinstance(labels, dict)
    assert labels["org.opencontainers.image.revision"] == tree.tag
    assert f"SERVICE_COMMIT={tree.tag}" in settings["Env"]  # type: ignore[operator]


def test_every_shipped_module_and_library_loads(place: Workspace, built: Built) -> None:
    """What was left out of Debian's files must not be needed by what was left in."""
    script = (
        "import ctypes, importlib, pathlib, sys, app.__main__\n"
        "[ctypes.CDLL(str(path)) for path in pathlib.Path('/usr/lib').rglob('*-linux-gnu/*.so*') if not path.name.startswith('ld-')]\n"
        "[importlib.import_module(path.name.split('.')[0]) for path in pathlib.Path('/usr/lib/python3.13/lib-dynload').glob('*.so')]\n"
        "import asyncio, concurrent.futures, ctypes, decimal, email, hashlib, http.client, json, logging, multiprocessing, ssl, tempfile\n"
        "print(len(sys.modules))"
    )
    reference = image.give(place, built, commit.read(place.root).tag)
    argv = [
        engine.DOCKER,
        "run",
        "--rm",
        "--read-only",
        "--network=none",
        "--entrypoint=/usr/bin/python3.13",
        reference,
        "-I",
        "-c",
        script,
    ]
    assert int(process.run(argv, timeout=60).stdout) > 100
