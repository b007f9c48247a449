"""Bytes that are not the locked ones stop the build, whoever supplies them.

Debian packages are in tests/pipeline/debian/test_fetch.py.
"""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import image, workspace
from pipeline.errors import IntegrityError
from pipeline.toolchain import golang, pins, supply
from pipeline.workspace import ROOT, Workspace
from tests.support import copy_tree

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    """A copy of this tree, with a cache of its own for what is built but the shared one for what is downloaded."""
    return workspace.locate(copy_tree(tmp_path / "copy"))


def test_a_wheel_with_another_hash_is_refused(place: Workspace) -> None:
    lock = place.root / "uv.lock"
    text = lock.read_text()
    section = text[text.index('[[package]]\nname = "starlette"') + 1 :].partition("[[package]]")[0]
    forged = re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, section)
    assert forged != section
    lock.write_text(text.replace(section, forged))
    with pytest.raises(IntegrityError, match=r"a wheel does not match uv\.lock: .*starlette"):
        image.packages(place)


def test_a_module_with_another_hash_is_refused(place: Workspace) -> None:
    sums = place.root / "toolchain" / "kubeconform" / "go.sum"
    text = sums.read_text()
    line = next(line for line in text.splitlines() if line.startswith("github.com/yannh/kubeconform ") and "/go.mod" not in line)
    sums.write_text(text.replace(line, line[: line.rindex("h1:")] + "h1:" + "A" * 43 + "="))
    with pytest.raises(IntegrityError, match=r"a module of kubeconform does not match toolchain/kubeconform/go\.sum"):
        golang.build(place, pins.load(place.root)["kubeconform"])


def test_a_tool_that_was_changed_in_the_cache_is_refused(place: Workspace, tmp_path: Path) -> None:
    own = replace(place, cache=tmp_path / "cache")
    built = golang.build(workspace.locate(ROOT), pins.load(ROOT)["kubeconform"])
    copied = golang.entry_path(own, pins.load(ROOT)["kubeconform"], ROOT / "toolchain" / "kubeconform")
    shutil.copytree(built, copied)
    program = copied / "kubeconform"
    content = bytearray(program.read_bytes())
    content[len(content) // 2] ^= 1
    program.write_bytes(content)
    with pytest.raises(IntegrityError, match=r"kubeconform is not what was put into the cache -> rm -r"):
        supply.find(own, "kubeconform")
