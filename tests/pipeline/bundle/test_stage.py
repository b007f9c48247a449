"""Bundling and verifying from where a person stands: words, files, keys, and what is said about a run that was not green."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pipeline import workspace
from pipeline.attest import cosign
from pipeline.bundle import archive, contents, judge, stage
from pipeline.commit import Commit
from pipeline.errors import FindingError, IntegrityError, UsageError
from pipeline.gates.checks import gitleaks
from pipeline.gates.report import Finding
from pipeline.stage import Run
from pipeline.toolchain import golang, pins
from pipeline.workspace import ROOT
from tests import signing
from tests.signing import SHA


def public(name: str = "ours") -> bytes:
    return signing.signer(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a person stands, with a good bundle, a red one and two public keys."""
    monkeypatch.setenv("PORTCULLIS_FROM", str(tmp_path))
    (tmp_path / "good.tar.gz").write_bytes(signing.pack(signing.bundle_files()))
    unit = signing.evidence()["evidence/unit.json"]
    failed = {"evidence/unit.json": unit.replace(b'"verdict": "passed"', b'"verdict": "failed"')}
    (tmp_path / "red.tar.gz").write_bytes(signing.pack(signing.seal(signing.draw(signing.evidence() | failed | signing.tables()))))
    (tmp_path / "ours.pub").write_bytes(public())
    (tmp_path / "theirs.pub").write_bytes(public("theirs"))
    return tmp_path


def run(folder: Path, *words: str) -> Run:
    place = replace(workspace.locate(), root=folder, state=folder / "state" / "12345678")
    return Run(place, Commit(SHA, 1), words)


def verified(folder: Path, *words: str) -> Run:
    made = run(folder, *words)
    subprocess.run(["git", "init", "-q", folder], check=True)
    stage.verify(made)
    return made


def test_a_good_bundle_is_told_to_be_one(folder: Path) -> None:
    made = verified(folder, "good.tar.gz", "--key=ours.pub", f"--commit={SHA}")
    assert made.summary.startswith("authentic, signed by ")
    assert made.summary.endswith(f"of commit {SHA}; the commit is not in this clone: its tables were not compared; it says green")
    assert (made.figures["verdict"], made.figures["compared"]) == ("green", 0)


def test_the_machines_own_key_is_the_one_by_default(folder: Path) -> None:
    with pytest.raises(IntegrityError, match="no signing key yet"):
        verified(folder, "good.tar.gz")
    own = cosign.folder(run(folder).workspace)
    own.mkdir(parents=True)
    (own / "cosign.pub").write_bytes(public())
    assert verified(folder, "good.tar.gz").figures["verdict"] == "green"


def test_a_red_run_is_red_however_authentic(folder: Path) -> None:
    with pytest.raises(FindingError, match="the bundle is authentic and says red: failed unit"):
        verified(folder, "red.tar.gz", "--key=ours.pub")
    assert verified(folder, "red.tar.gz", "--key=ours.pub", "--authentic").summary.endswith("it says red: failed unit")


def test_another_key_and_another_commit_are_refused(folder: Path) -> None:
    with pytest.raises(IntegrityError, match="signed by another key"):
        verified(folder, "good.tar.gz", "--key=theirs.pub")
    with pytest.raises(IntegrityError, match="it is of commit aaaaaaaaaaaa, asked for was bbbbbbbbbbbb"):
        verified(folder, "good.tar.gz", "--key=ours.pub", f"--commit={'b' * 40}")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "needs one bundle, not 0"),
        (("a", "b"), "needs one bundle, not 2"),
        (("--what",), "verify knows no --what"),
        (("a", "--commit=HEAD"), "'HEAD' is no full commit hash"),
        (("missing.tar.gz", "--key=ours.pub"), "missing.tar.gz cannot be read"),
        (("state", "--key=ours.pub"), "cannot be read"),
    ],
)
def test_wrong_words_are_told(folder: Path, words: tuple[str, ...], reason: str) -> None:
    (folder / "state").mkdir(exist_ok=True)
    with pytest.raises(UsageError, match=reason):
        verified(folder, *words)


def test_the_evidence_is_packed_without_what_is_made_of_it(tmp_path: Path) -> None:
    for name in ("lint.json", "lint.log", "rollback/plan.txt", "attestations/vex.cdx.sigstore.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    for name in ("bundle.json", "bundle.log", "verify.log", "summary.json", "portcullis-abc.tar.gz", ".hidden", ".new/half"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert contents.evidence(tmp_path) == {
        "evidence/attestations/vex.cdx.sigstore.json": b"attestations/vex.cdx.sigstore.json",
        "evidence/lint.json": b"lint.json",
        "evidence/lint.log": b"lint.log",
        "evidence/rollback/plan.txt": b"rollback/plan.txt",
    }


def test_the_tables_are_those_of_the_commit_and_not_of_the_working_tree(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    floors = tmp_path / "policies/floors.toml"
    floors.write_text("[committed]\n")
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.invalid"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "One"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    sha = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()
    floors.write_text("[changed]\n")
    assert contents.judges(tmp_path, sha) == {"tree/policies/floors.toml": b"[committed]\n"}
    assert contents.committed(tmp_path, "b" * 40, "policies/floors.toml") is None


def test_terraforms_state_is_told_by_its_digest_alone(tmp_path: Path) -> None:
    place = replace(workspace.locate(), state=tmp_path)
    assert contents.state(place) == {}
    (tmp_path / "terraform").mkdir()
    (tmp_path / "terraform/terraform.tfstate").write_text(json.dumps({"serial": 7, "outputs": {"token": "not to be told"}}))
    told = contents.state(place)
    assert (set(told), told["serial"]) == ({"sha256", "serial"}, 7)


def test_tools_are_told_by_what_they_were_sealed_with_and_none_is_built(tmp_path: Path) -> None:
    place = replace(workspace.locate(), cache=tmp_path)
    assert contents.tools(place) == []
    pin = pins.load(ROOT)["opa"]
    entry = golang.entry_path(place, pin, ROOT / "toolchain" / "opa")
    entry.mkdir(parents=True)
    (entry / ".seal.json").write_text(json.dumps({"opa": {"sha256": "7" * 64, "size": 1}}))
    assert contents.tools(place) == [{"name": "opa", "version": pin.version, "sha256": "7" * 64}]


def test_every_table_that_judges_is_in_the_tree() -> None:
    assert [name for name in contents.JUDGES if not (ROOT / name).is_file()] == []


class Signs:
    """Signs as cosign does, with the tests' key."""

    def blob(self, file: Path, bundle: Path) -> None:
        """As `cosign.Signer.blob`."""
        bundle.write_bytes(signing.sign_blob(file.read_bytes()))

    def confirm_blob(self, file: Path, bundle: Path) -> None:
        """As `cosign.Signer.confirm_blob`."""
        assert file.is_file()
        assert bundle.is_file()


@pytest.fixture
def bundling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    made = run(tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.setattr(contents, "judges", lambda _root, _sha: signing.tables())
    known = signing.known()
    monkeypatch.setattr(contents, "policies", lambda _root: known["policies"])
    monkeypatch.setattr(contents, "tools", lambda _place: known["tools"])
    monkeypatch.setattr(cosign, "signer", lambda _place: Signs())
    monkeypatch.setattr(gitleaks, "folder", lambda _context, _tree: [])
    own = cosign.folder(made.workspace)
    own.mkdir(parents=True)
    (own / "cosign.pub").write_bytes(public())
    write(signing.evidence(), "evidence/", made.evidence)
    return made


def write(files: Mapping[str, bytes], prefix: str, to: Path) -> None:
    for name, content in files.items():
        path = to / name.removeprefix(prefix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_a_bundle_is_made_again_with_the_same_content_and_verifies(bundling: Run) -> None:
    stage.bundle(bundling)
    packed = (bundling.evidence / f"portcullis-{SHA}.tar.gz").read_bytes()
    assert bundling.figures["verdict"] == "green"
    files = archive.unpack(packed)
    stage.bundle(bundling)
    again = archive.unpack((bundling.evidence / f"portcullis-{SHA}.tar.gz").read_bytes())
    assert {name for name in files if files[name] != again[name]} <= {judge.SIGNATURE}  # ECDSA signatures differ each time


def test_a_secret_in_the_evidence_stops_it(bundling: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(_context: object, tree: Path) -> list[Finding]:
        assert (tree / "evidence/lint.log").is_file()
        return [Finding(str(tree / "evidence/lint.log"), 3, "private-key", "a key")]

    monkeypatch.setattr(gitleaks, "folder", found)
    with pytest.raises(FindingError, match=r"1 secrets in the evidence: evidence/lint\.log:3 private-key"):
        stage.bundle(bundling)
    assert list(bundling.evidence.glob("*.tar.gz")) == []
