"""What goes into a bundle: the commit's records, reports and logs, the tables that judged it, and what cannot be packed by its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline import process, store
from pipeline.toolchain import golang, pins
from pipeline.workspace import Workspace

EVIDENCE, TREE = "evidence/", "tree/"
# Of the tree: what decided whether this commit is good. The rest of the tree is in the commit.
JUDGES = (
    "policies/floors.toml",
    "policies/exceptions.toml",
    "policies/rules.toml",
    "policies/licences.toml",
    "policies/gitleaks.toml",
    "cluster/triage.toml",
    "toolchain/pins.toml",
    "toolchain/debian/service.lock",
    "Dockerfile",
    "uv.lock",
    "pyproject.toml",
)
# Written while or after the bundle is made, so not about what it is about.
_OURS = ("bundle", "verify", "summary", "destroy", "report")


def evidence(folder: Path) -> dict[str, bytes]:
    """A commit's records, reports and logs; earlier bundles, and what the bundle's own stages write, stay out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not path.is_symlink() and not hidden and name.split(".")[0] not in _OURS and not name.endswith(".tar.gz"):
            found[EVIDENCE + name] = path.read_bytes()
    return found


def judges(root: Path, sha: str) -> dict[str, bytes]:
    """The tables as the commit has them, whatever the working tree has made of them since."""
    return {TREE + name: text for name in JUDGES if (text := committed(root, sha, name)) is not None}


def committed(root: Path, sha: str, name: str) -> bytes | None:
    """A text file of a commit, or None when the clone has no such commit or file."""
    found = process.run(["git", "show", f"{sha}:{name}"], cwd=root, timeout=30, ok=None)
    return found.stdout.encode() if found.returncode == 0 else None


def policies(root: Path) -> dict[str, str]:
    """The digest of every rule and table that judged, with its algorithm: a bare one beside a name looks like a secret to gitleaks."""
    files = sorted(path for path in (root / "policies").rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): f"sha256:{store.digest(path)}" for path in files}


def tools(place: Workspace) -> list[dict[str, str]]:
    """Every executable that was built for this tree, with the hash that it was sealed with; nothing is built for it now."""
    found = []
    for pin in filter(lambda each: each.executables, pins.load(place.root).values()):
        seal = golang.entry_path(place, pin, place.root / "toolchain" / pin.name) / ".seal.json"
        if seal.is_file():
            sealed = json.loads(seal.read_text("utf-8"))
            found += [{"name": name, "version": pin.version, "sha256": each["sha256"]} for name, each in sorted(sealed.items())]
    return found


def state(place: Workspace) -> dict[str, Any]:
    """Terraform's state by its digest and its serial; the state itself stays where it is, for it may hold what nobody else should read."""
    path = place.state / "terraform" / "terraform.tfstate"
    if not path.is_file():
        return {}
    text = path.read_bytes()
    return {"sha256": hashlib.sha256(text).hexdigest(), "serial": json.loads(text).get("serial")}


def sums(files: Iterable[tuple[str, bytes]]) -> bytes:
    """The list that `sha256sum --check` reads."""
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files)).encode()
