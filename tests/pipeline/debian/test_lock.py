"""Package lists and locks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.debian import lock
from pipeline.debian.lock import Package
from pipeline.errors import IntegrityError, ToolchainError, UsageError
from pipeline.workspace import ROOT

WORD = st.from_regex(r"[a-z0-9][a-z0-9+.:~-]{0,20}", fullmatch=True)
PACKAGES = st.lists(
    st.builds(
        Package,
        name=WORD,
        version=WORD,
        architecture=st.sampled_from(["amd64", "arm64", "all"]),
        path=WORD.map("debian/pool/main/{}".format),
        size=st.integers(0, 10**12),
        sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    ),
    min_size=1,
    max_size=4,
)


@given(PACKAGES)
def test_a_lock_reads_back_sorted(packages: list[Package]) -> None:
    assert lock.parse(lock.dump(packages)) == sorted(packages)


@pytest.mark.parametrize("line", ["a", "a 1 amd64 p x " + "0" * 64, "a 1 amd64 p 5 " + "0" * 63, "a 1 amd64 p 5 " + "0" * 64 + " more"])
def test_a_damaged_line_is_named(line: str) -> None:
    with pytest.raises(IntegrityError, match="line 2 of the package lock is damaged"):
        lock.parse(f"# head\n{line}\n")


def test_an_empty_lock_is_refused() -> None:
    with pytest.raises(IntegrityError, match="empty"):
        lock.parse("# nothing\n")


def test_a_list_is_read_with_its_comments() -> None:
    wanted = lock.parse_list("# why\nsuite = trixie\narchitectures = amd64 arm64\nclosure = no\n\nlibc6  # all link it\nzlib1g\n")
    assert wanted == lock.Wanted("trixie", ("amd64", "arm64"), closure=False, packages=("libc6", "zlib1g"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "suite = x\nclosure = no\npackage",
        "suite = x\narchitectures = amd64\nclosure = maybe\npackage",
        "suite = x\narchitectures = amd64\nclosure = no\n",
        "suite = x\narchitectures = amd64\nclosure = no\ntypo = 1\npackage",
    ],
)
def test_an_incomplete_list_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="package list needs"):
        lock.parse_list(text)


def uri(url: str, name: str) -> re.Match[str]:
    found = lock._LINE.search(f"'{url}' {name} 10 SHA256:{'a' * 64}")
    assert found
    return found


def test_what_apt_prints_becomes_a_package_without_its_mirror() -> None:
    match = uri(
        "http://mirror.invalid/some/debian-security/pool/main/o/openssl/libssl3t64_3.5~1_amd64.deb", "libssl3t64_1%3a3.5~1_amd64.deb"
    )
    made = lock._package(match)
    assert made == Package("libssl3t64", "1:3.5~1", "amd64", "debian-security/pool/main/o/openssl/libssl3t64_3.5~1_amd64.deb", 10, "a" * 64)


def test_a_file_from_elsewhere_is_refused() -> None:
    with pytest.raises(ToolchainError, match="not below debian/pool"):
        lock._package(uri("http://mirror.invalid/ubuntu/pool/x/x_1_amd64.deb", "x_1_amd64.deb"))


@pytest.mark.parametrize("path", sorted((ROOT / "toolchain" / "debian").glob("*.list")), ids=lambda path: path.stem)
def test_every_list_is_locked_for_its_architectures(path: object) -> None:
    wanted = lock.parse_list(path.read_text())  # type: ignore[attr-defined]
    locked = lock.parse(path.with_suffix(".lock").read_text())  # type: ignore[attr-defined]
    for architecture in wanted.architectures:
        names = {package.name for package in locked if package.architecture in {architecture, "all"}}
        assert set(wanted.packages) <= names
        assert wanted.closure or names == set(wanted.packages)
