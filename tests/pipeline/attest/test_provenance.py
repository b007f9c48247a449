"""Provenance names every input by its digest, in the words of SLSA v1.0."""

from pathlib import Path

import pytest

from pipeline.attest import provenance
from pipeline.attest.provenance import Build, Subject
from pipeline.commit import Commit
from pipeline.debian.lock import Package
from pipeline.errors import IntegrityError
from pipeline.workspace import ROOT

SUBJECT = Subject("portcullis.local/hash:abc", "sha256:" + "1" * 64, "sha256:" + "2" * 64)
TREE = Commit("a" * 40, 1_700_000_000)
LOCK = """
[[package]]
name = "granian"
version = "2.8.7"
wheels = [
    { url = "https://x.invalid/a/granian-2.8.7-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", hash = "sha256:aa" },
    { url = "https://x.invalid/b/granian-2.8.7-cp313-cp313-musllinux_1_1_x86_64.whl", hash = "sha256:bb" },
    { url = "https://x.invalid/c/granian-2.8.7-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", hash = "sha256:cc" },
]

[[package]]
name = "typing-extensions"
version = "4.16.0"
wheels = [{ url = "https://x.invalid/d/typing_extensions-4.16.0-py3-none-any.whl", hash = "sha256:dd" }]
"""


def installed(tree: Path, name: str, *tags: str) -> None:
    folder = tree / f"{name}.dist-info"
    folder.mkdir()
    (folder / "WHEEL").write_text("Wheel-Version: 1.0\n" + "".join(f"Tag: {tag}\n" for tag in tags))


def test_the_predicate_has_what_slsa_asks_for() -> None:
    build = Build(1_700_000_100.9, 4.2, {"buildx": ("0.30.1", "4" * 64), "buildkit": ("0.26.3", "3" * 64)}, "amd64", "source")
    said = provenance.predicate(TREE, SUBJECT, build, [provenance.descriptor("uv.lock", "5" * 64)], {"sbom": "6" * 64})
    assert said["runDetails"]["metadata"].pop("invocationId").startswith("urn:uuid:")
    assert said == {
        "buildDefinition": {
            "buildType": "https://portcullis.invalid/build/image/v1",
            "externalParameters": {"commit": "a" * 40, "image": "portcullis.local/hash:abc", "architecture": "amd64"},
            "internalParameters": {
                "SOURCE_DATE_EPOCH": 315_532_800,
                "network": "none",
                "arguments": {"COMMIT": "a" * 40, "CREATED": "2023-11-14T22:13:20Z"},
            },
            "resolvedDependencies": [{"name": "uv.lock", "digest": {"sha256": "5" * 64}}],
        },
        "runDetails": {
            "builder": {
                "id": "https://portcullis.invalid/builder/machine/v1",
                "version": {"buildkit": "0.26.3", "buildx": "0.30.1", "supplier": "source"},
                "builderDependencies": [
                    {"name": "buildkit", "digest": {"sha256": "3" * 64}},
                    {"name": "buildx", "digest": {"sha256": "4" * 64}},
                ],
            },
            "metadata": {"startedOn": "2023-11-14T22:15:00Z", "finishedOn": "2023-11-14T22:15:05Z"},
            "byproducts": [{"name": "sbom", "digest": {"sha256": "6" * 64}}],
        },
    }


def test_a_statement_names_the_image_by_both_its_digests() -> None:
    assert provenance.statement(SUBJECT, "https://x.invalid/kind", {"a": 1}) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": "portcullis.local/hash:abc (image ID)", "digest": {"sha256": "1" * 64}},
            {"name": "portcullis.local/hash:abc (manifest)", "digest": {"sha256": "2" * 64}},
        ],
        "predicateType": "https://x.invalid/kind",
        "predicate": {"a": 1},
    }


def test_inputs_are_the_commit_its_locks_and_every_package() -> None:
    deb = Package("libc6", "2.41", "amd64", "debian/pool/main/g/glibc/libc6_2.41_amd64.deb", 1, "7" * 64)
    said = provenance.inputs_of(ROOT, TREE, [deb], [provenance.descriptor("a.whl", "8" * 64)])
    assert said[0] == {"name": "source", "digest": {"gitCommit": "a" * 40}}
    assert [each["name"] for each in said[1:]] == [*provenance.LOCKS, "libc6_2.41_amd64.deb", "a.whl"]
    assert said[-2] == {"name": "libc6_2.41_amd64.deb", "uri": "pkg:deb/debian/libc6@2.41?arch=amd64", "digest": {"sha256": "7" * 64}}


def test_the_wheels_that_were_installed_are_told_by_their_own_tags(tmp_path: Path) -> None:
    installed(tmp_path, "granian-2.8.7", "cp313-cp313-manylinux_2_17_x86_64", "cp313-cp313-manylinux2014_x86_64")
    installed(tmp_path, "typing_extensions-4.16.0", "py3-none-any")
    assert [(each["digest"]["sha256"], each["uri"]) for each in provenance.wheels(tmp_path, LOCK)] == [
        ("aa", "pkg:pypi/granian@2.8.7"),
        ("dd", "pkg:pypi/typing-extensions@4.16.0"),
    ]


@pytest.mark.parametrize("name", ["granian-2.8.7", "stranger-1.0"])
def test_a_wheel_that_is_not_clear_stops_it(tmp_path: Path, name: str) -> None:
    installed(tmp_path, name, "cp314-cp314-win32")
    with pytest.raises(IntegrityError, match="could be 0 wheels"):
        provenance.wheels(tmp_path, LOCK)


def test_compressed_tags_are_spelt_out() -> None:
    assert provenance.tags_of("six-1.16.0-py2.py3-none-any.whl") == {"py2-none-any", "py3-none-any"}
