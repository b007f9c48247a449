"""What is found below a folder, which kind it is, and what no tool is given because it could not be judged."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.gates import inputs

MANIFEST = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n"


def kinds(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): kind for path, kind in inputs.of_paths(folder, [folder]).files}


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.py", "", "python"),
        ("tool", "#!/usr/bin/env python3\n", "python"),
        ("a.sh", "true\n", "shell"),
        ("start", "#!/bin/sh\ntrue\n", "shell"),
        ("main.tf", "locals {}\n", "terraform"),
        ("a.tftest.hcl", 'run "a" {}\n', "terraform"),
        ("a.rego", "package a\n", "rego"),
        ("Dockerfile", "FROM scratch\n", "dockerfile"),
        ("web.Dockerfile", "FROM scratch\n", "dockerfile"),
        ("Dockerfile.web", "FROM scratch\n", "dockerfile"),
        ("Containerfile", "FROM scratch\n", "dockerfile"),
        ("web.image", "# an image\nARG A=1\nFROM scratch\n", "dockerfile"),
        ("pod.yaml", MANIFEST, "manifest"),
        ("list.yml", "a: 1\n---\n" + MANIFEST, "manifest"),
        ("pod.json", '{"apiVersion": "v1", "kind": "Pod"}', "manifest"),
        ("package.json", '{"kind": 1}', "other"),
        ("values.yaml", "a: 1\n", "yaml"),
        ("audit.yaml", "apiVersion: audit.k8s.io/v1\nkind: Policy\n", "yaml"),
        ("kustomization.yaml", "resources: []\n", "kustomization"),
        (".github/workflows/ci.yml", "on: push\n", "workflow"),
        ("uv.lock", "version = 1\n", "lock"),
        ("go.mod", "module a\n", "gomod"),
        ("requirements-dev.txt", "a==1\n", "requirements"),
        ("devbox.json", "{}", "devbox"),
        ("pyproject.toml", "", "toml"),
        ("README.md", "# a\n", "markdown"),
        ("notes.txt", "FROM scratch\n", "other"),
        ("picture.png", "\0\0", "other"),
    ],
)
def test_a_file_is_known_by_its_name_or_its_first_lines(tmp_path: Path, name: str, text: str, kind: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert kinds(tmp_path) == {name: kind}


BOMB = "a: &a [x, x]\n" + "".join(
    f"k{n}: &k{n} [*{'a' if n == 0 else f'k{n - 1}'}, *{'a' if n == 0 else f'k{n - 1}'}]\n" for n in range(40)
)


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("a.yaml", b"a: [", "is no YAML"),
        ("a.yaml", b"a: 1\na: 2\n", "has the key 'a' twice, line 2"),
        ("a.yaml", b"a:\n  b: 1\n  b: 2\n", "has the key 'b' twice, line 3"),
        ("a.yaml", b"? [1, 2]\n: 3\n", "has a key that is no scalar"),
        ("a.yaml", BOMB.encode(), "aliases"),
        ("a.yaml", b"a: " + b"[" * 5000 + b"]" * 5000, "is nested deeper than 60 levels"),
        ("a.yaml", b"a: !!python/object/apply:os.system [id]\n", "is no YAML"),
        ("a.yaml", b"a: \xff\n", "is not UTF-8 at byte 3"),
        ("a.yaml", b"a: x\0y\n", "has null bytes"),
        ("a.yaml", b"a: 1\n" * (10 << 18), "MB are too large to be judged"),
        ("a.py", b"a = '\0'\n", "has null bytes"),
        ("a.py", b"\x80abc", "is not UTF-8 at byte 0"),
        ("Dockerfile", b"", "is empty"),
        ("Dockerfile", b"\n \n", "is empty"),
        ("main.tf", b"", "is empty"),
        ("main.tf.json", b"{}", "is Terraform in JSON"),
        ("pod.json", b'{"apiVersion": "v1", "kind": "Pod", "kind": "Service"}', "has the key 'kind' twice"),
    ],
)
def test_what_no_tool_could_judge_is_an_error_within_seconds(tmp_path: Path, name: str, data: bytes, fault: str) -> None:
    (tmp_path / name).write_bytes(data)
    started = time.monotonic()
    found = inputs.of_paths(tmp_path, [tmp_path])
    assert time.monotonic() - started < 5
    assert found.files == ()
    (error,) = found.errors
    assert error.startswith(f"{name}: ")
    assert fault in error


def test_windows_line_ends_are_text_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_bytes(MANIFEST.replace("\n", "\r\n").encode())
    assert kinds(tmp_path) == {"pod.yaml": "manifest"}


def test_links_are_not_followed_and_those_that_lead_astray_are_errors(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.py").write_text("a = 1\n")
    (folder / "inside.py").symlink_to("a.py")
    (folder / "loop").symlink_to("loop")
    (folder / "up").symlink_to("..")
    (folder / "gone.yaml").symlink_to("nowhere.yaml")
    (folder / "self").symlink_to(".")
    found = inputs.of_paths(folder, [folder])
    assert kinds(folder) == {"a.py": "python", "inside.py": "link", "self": "link"}
    assert found.errors == (
        "gone.yaml: a symbolic link that leads nowhere",
        "loop: a symbolic link that leads nowhere",
        "up: a symbolic link that leads outside",
    )


def test_a_pipe_is_an_error_and_blocks_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert inputs.of_paths(tmp_path, [tmp_path]).errors == ("pipe.yaml: neither a file nor a folder",)


@given(st.binary(max_size=200))
def test_any_bytes_are_either_judged_or_an_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in ("a.yaml", "a.py", "main.tf", "Dockerfile", "data"):
        (folder / name).write_bytes(data)
    found = inputs.of_paths(folder, [folder])
    assert len(found.files) + len(found.errors) == 5
