"""A bill of materials is what the locks say, or the stage is red."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.attest import sbom
from pipeline.attest.sbom import Package
from pipeline.errors import IntegrityError

DOCUMENT = {
    "components": [
        {"type": "library", "purl": "pkg:deb/debian/libc6@2.41-12%2Bdeb13u5?arch=amd64&distro=debian-13", "name": "libc6"},
        {"type": "library", "purl": "pkg:deb/debian/zlib1g@1.3.1-1?arch=amd64&epoch=1", "name": "zlib1g"},
        {"type": "library", "purl": "pkg:deb/debian/zlib2g@1%3A1.3.1-1?arch=amd64", "name": "zlib2g"},
        {"type": "library", "purl": "pkg:pypi/typing_extensions@4.16.0", "name": "typing-extensions"},
        {"type": "library", "purl": "pkg:golang/github.com/sigstore/cosign/v3@v3.0.6#cmd/cosign", "name": "cosign"},
        {"type": "file", "name": "/etc/passwd"},
        {"type": "operating-system", "name": "debian"},
        {"type": "application", "name": "python", "version": "3.13.5"},
    ]
}


def test_packages_are_read_by_their_package_urls_and_nothing_is_passed_over() -> None:
    assert sbom.packages(DOCUMENT) == {
        Package("deb", "libc6", "2.41-12+deb13u5"),
        Package("deb", "zlib1g", "1:1.3.1-1"),
        Package("deb", "zlib2g", "1:1.3.1-1"),
        Package("pypi", "typing_extensions", "4.16.0"),
        Package("golang", "github.com/sigstore/cosign/v3", "v3.0.6"),
        Package("application", "python", "3.13.5"),
    }
    assert sbom.packages({}) == set()


def test_locks_are_read() -> None:
    hash_ = "0" * 64
    lines = ["# made", *(f"{package} pool/x.deb 1 {hash_}" for package in ("libc6 2.41 amd64", "libc6 2.41 arm64", "tzdata 1 all"))]
    lock = "\n".join(lines)
    assert sbom.locked_debian(lock, "amd64") == {Package("deb", "libc6", "2.41"), Package("deb", "tzdata", "1")}
    requirements = (
        "anyio==4.16.0 \\\n    --hash=sha256:0\n    # via starlette\ncolorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=1\n"
    )
    assert sbom.locked_python(requirements) == ({Package("pypi", "anyio", "4.16.0")}, {Package("pypi", "colorama", "0.4.6")})
    several = "require (\n\tk8s.io/api v0.35.1\n\tgo.uber.org/zap v1 // indirect\n)\n"
    replaced = "replace k8s.io/api v0.0.0 => k8s.io/api v0.36.0\n\nreplace unused.invalid/a => k8s.io/b v1\n"
    module = f"module x.invalid/tool\n\ngo 1.27\n\nrequire github.com/a/b v1.2.3\n\n{several}\n{replaced}"
    assert sbom.modules(module) == {
        Package("golang", "github.com/a/b", "v1.2.3"),
        Package("golang", "k8s.io/api", "v0.36.0"),
        Package("golang", "go.uber.org/zap", "v1"),
    }
    locked, own = (
        'name = "Foo_Bar"\nversion = "1"\nsource = { registry = "x" }\n',
        'name = "own"\nversion = "1"\nsource = { virtual = "." }\n',
    )
    uv_lock = f"[[package]]\n{locked}[[package]]\n{own}"
    assert sbom.python_lock(uv_lock) == {Package("pypi", "foo-bar", "1")}


def test_all_that_is_locked_and_no_more_is_accepted() -> None:
    wanted = {Package("pypi", "typing-extensions", "4.16.0")}
    sbom.compare({Package("pypi", "Typing_Extensions", "4.16.0")}, wanted, set(), "the image")
    sbom.compare(wanted | {Package("pypi", "colorama", "1")}, wanted, {Package("pypi", "colorama", "1")}, "the image")


PACKAGES = st.sets(st.builds(Package, st.sampled_from(["deb", "pypi"]), st.sampled_from(["a", "b", "c"]), st.sampled_from(["1", "2"])))


@given(PACKAGES, PACKAGES, PACKAGES)
def test_any_other_list_is_refused_and_the_difference_told(found: set[Package], wanted: set[Package], allowed: set[Package]) -> None:
    missing, more = wanted - found, found - wanted - allowed
    if not missing and not more:
        sbom.compare(found, wanted, allowed, "the image")
        return
    with pytest.raises(IntegrityError) as raised:
        sbom.compare(found, wanted, allowed, "the image")
    assert f"{len(missing) + len(more)} differences" in raised.value.what
    assert str(min(missing) if missing else min(more)) in raised.value.what
