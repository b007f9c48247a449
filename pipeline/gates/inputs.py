"""Finds the files below a folder, tells which kind each is, and refuses what no tool could judge.

A scanner that meets a file it can't read tends to pass by in silence. So every file is read here first: what is unreadable, no text,
too large, or YAML that means more than it says, is an error before any tool runs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline import process

LARGEST = 2 << 20
"""Bytes. The largest lock file of this project has 0.3 MB; a parser that meets 10 MB is no longer a check but a denial of service."""
_LARGEST_OF = {"lock": 8 << 20}
_DEEPEST, _MOST_ALIASES = 60, 50

_SUFFIXES = {
    ".py": "python",
    ".pyi": "python",
    ".sh": "shell",
    ".bash": "shell",
    ".tf": "terraform",
    ".tfvars": "terraform",
    ".rego": "rego",
    ".toml": "toml",
    ".md": "markdown",
    ".yaml": "yaml",
    ".yml": "yaml",
}
_NAMES = {"devbox.json": "devbox", "uv.lock": "lock", "go.sum": "lock", "go.mod": "gomod"}
_PATTERNS = (
    (re.compile(r"(?:.*\.)?(?:Dockerfile|Containerfile)(?:\..*)?", re.IGNORECASE), "dockerfile"),
    (re.compile(r"requirements.*\.txt"), "requirements"),
    (re.compile(r".*\.tftest\.hcl"), "terraform"),
)
_BEGINNINGS = (
    (re.compile(r"#!.*\bpython\d?\b"), "python"),
    (re.compile(r"#!.*\b(?:ba|da|k)?sh\b"), "shell"),
    (re.compile(r"\s*(?:#.*\n\s*)*(?:ARG\s+\S+\s+)*FROM\s+\S+", re.IGNORECASE), "dockerfile"),
)
# Files that programs of the cluster read at their start: they look like objects, and no API takes them.
_CONFIGURATION = ("apiserver.config.k8s.io/", "audit.k8s.io/", "kubeadm.k8s.io/", "kubelet.config.k8s.io/", "kubescheduler.config.k8s.io/")
_KUSTOMIZATION = {"kustomization.yaml", "kustomization.yml", "Kustomization"}


@dataclass(frozen=True)
class Inputs:
    """What is to be judged: the folder that paths are told relative to, the files by kind, and what could not be read."""

    root: Path
    files: tuple[tuple[Path, str], ...]
    errors: tuple[str, ...] = ()

    def of(self, *kinds: str) -> list[Path]:
        """The files of these kinds, in a settled order."""
        return [path for path, kind in self.files if kind in kinds]

    @property
    def all(self) -> list[Path]:
        """Every file."""
        return sorted({path for path, _ in self.files})


def of_tree(root: Path) -> Inputs:
    """The files of a Git working tree: tracked and new ones, no ignored ones."""
    return of_files(root, listed(root))


def of_paths(root: Path, paths: Iterable[Path]) -> Inputs:
    """Everything at or below `paths`, except Git's own folder. Symbolic links are not followed."""
    return of_files(root, (file for path in paths for file in walked(path)))


def listed(root: Path, *below: str) -> list[Path]:
    """The paths of a Git working tree's files, tracked and new ones, none of them read; `below` says in which folders."""
    listing = process.run(["git", "ls-files", "-coz", "--exclude-standard", "--deduplicate", *below], cwd=root, timeout=30).stdout
    return [root / name for name in listing.split("\0") if name and os.path.lexists(root / name)]


def walked(path: Path) -> Iterator[Path]:
    """The paths of everything at or below a path, none of it read: not Git's own folder, but a folder that cannot be listed."""
    if not path.is_dir() or path.is_symlink():
        yield path
        return
    closed: list[Path] = []
    for folder, folders, files in os.walk(path, onerror=lambda error: closed.append(Path(error.filename))):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        folders[:] = sorted(set(folders) - {".git", *links})
        yield from (Path(folder, name) for name in (*files, *links))
    yield from closed


def of_files(root: Path, files: Iterable[Path]) -> Inputs:
    """These files, each with its kind."""
    known: list[tuple[Path, str]] = []
    errors: list[str] = []
    for path in sorted(set(files)):
        name = path.relative_to(root).as_posix()
        try:
            kind = _classified(path, root)
        except _UnfitError as error:
            errors.append(f"{name}: {error}")
            continue
        known.append((path, kind))
    return Inputs(root, tuple(known), tuple(errors))


class _UnfitError(Exception):
    """A file that no tool can judge."""


def _classified(path: Path, root: Path) -> str:
    """Return the kind of a file. Raises `_UnfitError` when it has one and is not fit to be judged."""
    if path.is_symlink():
        _require_inside(path, root)
        return "link"
    if not path.is_file():
        raise _UnfitError("a folder that cannot be read" if path.is_dir() else "neither a file nor a folder")
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise _UnfitError(f"cannot be read: {error.strerror}") from error
    if path.name.endswith(".tf.json"):
        raise _UnfitError("is Terraform in JSON, which the scanners here do not read: write HCL")
    kind = kind_of(path, head)
    if kind == "other":
        return kind
    text = _text(path, _LARGEST_OF.get(kind, LARGEST))
    if kind == "yaml":
        return _yaml_kind(path, text)
    if kind == "kustomization":
        documents(text)
    if not text.strip() and kind in {"dockerfile", "terraform", "devbox", "lock"}:
        raise _UnfitError("is empty")
    return kind


def _require_inside(link: Path, root: Path) -> None:
    """What a link points to is judged where it lies; one that leads nowhere or outside would be a file that nobody judged."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise _UnfitError("a symbolic link that leads nowhere") from error
    if not target.is_relative_to(root.resolve()):
        raise _UnfitError("a symbolic link that leads outside")


def _text(path: Path, largest: int) -> str:
    if path.stat().st_size > largest:
        raise _UnfitError(f"{path.stat().st_size >> 20} MB are too large to be judged")
    data = path.read_bytes()
    if b"\0" in data:
        raise _UnfitError("has null bytes, so it is no text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _UnfitError(f"is not UTF-8 at byte {error.start}") from error


def kind_of(path: Path, head: bytes) -> str:
    """Tell a file's kind by its name, and without a telling name by its first lines."""
    if path.name in _KUSTOMIZATION:
        return "kustomization"
    if kind := _NAMES.get(path.name) or _SUFFIXES.get(path.suffix):
        return kind
    text = head.decode("utf-8", "replace") if path.suffix not in {".lock", ".sum", ".json", ".txt"} else ""
    if path.suffix == ".json" and b'"apiVersion"' in head and b'"kind"' in head:
        return "yaml"  # which JSON is, so an object in it is found like any other
    by_name = next((kind for pattern, kind in _PATTERNS if pattern.fullmatch(path.name)), "")
    return by_name or next((kind for pattern, kind in _BEGINNINGS if pattern.match(text)), "other")


def _yaml_kind(path: Path, text: str) -> str:
    if ".github" in path.parts and "workflows" in path.parts:
        documents(text)
        return "workflow"
    found = [each for each in documents(text) if isinstance(each, dict)]
    objects = [each for each in found if "apiVersion" in each and "kind" in each]
    if objects and not all(str(each["apiVersion"]).startswith(_CONFIGURATION) for each in objects):
        return "manifest"
    return "yaml"


def documents(text: str) -> list[Any]:
    """Return the documents of a YAML text. Raises `_UnfitError` for YAML that is malformed, or built to mislead or exhaust a reader.

    Duplicate keys: readers disagree on which one counts. Aliases and depth: YAML 1.2, section 7.1; CVE-2019-11253 ("billion laughs").
    """
    try:
        _bounded(text)
        return list(yaml.load_all(text, Loader=_UniqueKeyLoader))
    except _UnfitError:
        raise
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        raise _UnfitError(
            f"is no YAML: {getattr(error, 'problem', None) or first}" + (f", line {line + 1}" if line is not None else "")
        ) from error


def _bounded(text: str) -> None:
    """Count depth and aliases in the stream of events, before anything is built from it."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if depth > _DEEPEST:
            raise _UnfitError(f"is nested deeper than {_DEEPEST} levels")
        if aliases > _MOST_ALIASES:
            raise _UnfitError(f"has more than {_MOST_ALIASES} aliases")


class _UniqueKeyLoader(yaml.CSafeLoader):
    """A loader that refuses a key that is there twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[object] = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            name = self.construct_object(key, deep=True)
            if not isinstance(name, str | int | float | bool | None):
                raise _UnfitError(f"has a key that is no scalar, line {key.start_mark.line + 1}")
            if name in seen:
                raise _UnfitError(f"has the key {name!r} twice, line {key.start_mark.line + 1}")
            seen.add(name)
        return dict(super().construct_mapping(node, deep))
