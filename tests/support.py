"""Throw-away clones of this tree for tests that need a repository of their own."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipeline.cluster import spec
from pipeline.gates import inputs
from pipeline.harden.facts import Facts, File, Proof
from pipeline.workspace import ROOT, Workspace

# Admission takes a namespace with these labels alone.
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "latest"}
# What an outer run sets for itself; a person's shell has none of it.
_OURS = ("NOX", "PORTCULLIS", "PYTEST", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Clone:
    """A throw-away clone: its folder, its workspace, and the ways a person touches it."""

    root: Path
    place: Workspace

    def run(self, *words: str, timeout: float = 900, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run ./run with `words`; both streams come back in `stdout`."""
        return subprocess.run(
            ["./run", *words],
            cwd=self.root,
            env=clean_environment() | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )

    def git(self, *words: str) -> str:
        """Run git in the clone, see `git`."""
        return git(self.root, *words)

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace the only occurrence of `old`; a text that is not there would make the test prove nothing."""
        path = self.root / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new))

    def commit(self, subject: str) -> str:
        """Commit everything, also if nothing has changed, and return the full hash."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")


def git(folder: Path, *words: str) -> str:
    """Run git in `folder` with a made-up author."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"]
    return subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def clean_environment() -> dict[str, str]:
    """The environment without what an outer run put there."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}


def copy_tree(to: Path) -> Path:
    """Copy what Git tracks or would track, with local changes, so that uncommitted work is tested too."""
    for source in inputs.listed(ROOT):
        target = to / source.relative_to(ROOT)
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return to


def make_repository(folder: Path) -> Path:
    """Copy this tree into `folder` and make it a repository with one commit."""
    copy_tree(folder)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Everything")
    return folder


def signing_request(folder: Path, subject: str, *extensions: str) -> str:
    """Make a certificate signing request in PEM, with a key in `folder`."""
    options = [word for extension in extensions for word in ("-addext", extension)]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(folder / "key")]
    argv = ["openssl", "req", "-new", "-config", "/dev/null", *key, "-subj", subject, *options]
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=30).stdout


def recorded_facts() -> Facts:
    """What was once read from a cluster of this project, with the flags and files that this tree declares today.

    Roles of Kubernetes' own and fields that no control asks for are left out.
    """
    table = json.loads((ROOT / "tests/pipeline/harden/recorded/facts.json").read_text())
    for part, values in spec.FLAGS.items():
        table["flags"][part] |= values
    for name, text in spec.hardening(ROOT, "").items():
        if not name.endswith("encryption.yaml"):
            table["settings"][name.removeprefix("portcullis-").removesuffix(".yaml")] = yaml.safe_load(text)
    files = tuple(File(**each) for each in table.pop("files"))
    proofs = {name: Proof(**each) for name, each in table.pop("proofs").items()}
    return Facts(files=files, proofs=proofs, published=tuple(table.pop("published")), **table)
