"""Kubernetes objects as a cluster would get them: kustomize folders rendered, everything else as it stands, each object with its origin."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline import process
from pipeline.cluster import images
from pipeline.errors import CommandError, UsageError
from pipeline.gates.context import Context
from pipeline.gates.inputs import Inputs

_SECONDS = 60
_REFERENCES = ("resources", "components", "bases", "crds", "configurations", "generators", "transformers", "validators")
_PATCHES = ("patches", "patchesJson6902", "patchesStrategicMerge", "replacements")


@dataclass(frozen=True)
class Object:
    """One object: its content, the file that people edit to change it, and the line where it begins there."""

    content: dict[str, Any]
    file: Path
    line: int

    @property
    def name(self) -> str:
        """`Kind/name`, as findings name it."""
        metadata = self.content.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        return f"{self.content.get('kind')}/{name}"

    @property
    def namespace(self) -> str:
        """Its namespace; empty when it names none."""
        metadata = self.content.get("metadata")
        return str(metadata.get("namespace", "")) if isinstance(metadata, dict) else ""


@dataclass(frozen=True)
class Bundle:
    """Objects that are applied together: one rendered kustomize folder, or one file."""

    source: Path
    objects: tuple[Object, ...]
    rendered: bool

    def text(self) -> str:
        """The objects as YAML documents in their order, `---` between them."""
        return yaml.safe_dump_all([each.content for each in self.objects], sort_keys=False)

    def write(self, path: Path) -> None:
        """Write the objects for tools that read files."""
        path.write_text(self.text(), "utf-8")


def bundles(context: Context, inputs: Inputs) -> list[Bundle]:
    """Return every bundle among the files. Raises `CommandError` for a folder that cannot be rendered, `UsageError` for a remote base."""
    kustomizations = {path.parent: path for path in inputs.of("kustomization")}
    used = {folder: _used(file) for folder, file in kustomizations.items()}
    consumed = {path for paths in used.values() for path in paths}
    found = []
    for folder, file in sorted(kustomizations.items()):
        if folder in consumed:
            continue
        origins = _origins(_closure(folder, used))
        objects = [Object(each, *origins.get((each.get("kind"), _name(each)), (file, 1))) for each in _render(context, folder)]
        found.append(Bundle(file, tuple(objects), rendered=True))
    alone = [file for file in inputs.of("manifest") if file not in consumed]
    return found + [Bundle(file, tuple(_of_file(file)), rendered=False) for file in alone]


def _used(kustomization: Path) -> dict[Path, bool]:
    """The files and folders that a kustomization refers to, and whether each is a patch. Raises `UsageError` for one on another machine."""
    table = yaml.safe_load(kustomization.read_text("utf-8")) or {}
    names = {name: key in _PATCHES for key in (*_REFERENCES, *_PATCHES) for name in table.get(key) or [] if isinstance(name, str)}
    names |= {each["path"]: True for key in _PATCHES for each in table.get(key) or [] if isinstance(each, dict) and "path" in each}
    for name in names:
        if "://" in name or re.match(r"^(?:git@|[\w.-]+\.\w+/.+//|github\.com/)", name):
            raise UsageError(f"{kustomization}: {name} is on another machine and is not fetched", fix="copy it into the tree")
    return {Path(os.path.normpath(kustomization.parent / name)): patch for name, patch in names.items() if "\n" not in name}


def _closure(folder: Path, used: dict[Path, dict[Path, bool]]) -> dict[Path, bool]:
    seen: dict[Path, bool] = {}
    todo = [folder]
    while todo:
        for path, patch in used.get(todo.pop(), {}).items():
            if path not in seen:
                seen[path] = patch
                todo.append(path)
    return seen


def _origins(files: dict[Path, bool]) -> dict[tuple[object, object], tuple[Path, int]]:
    """Where each object is written: the resource itself, or the patch that is all there is of it."""
    found: dict[tuple[object, object], tuple[Path, int]] = {}
    for file in sorted((path for path in files if path.is_file()), key=lambda path: not files[path]):
        for each in _of_file(file):
            found[each.content.get("kind"), _name(each.content)] = (file, each.line)
    return found


def _name(content: dict[str, Any]) -> object:
    metadata = content.get("metadata")
    return metadata.get("name") if isinstance(metadata, dict) else None


def _of_file(file: Path) -> Iterator[Object]:
    for node in yaml.compose_all(file.read_text("utf-8"), Loader=yaml.CSafeLoader):
        if node is None:
            continue
        loader = yaml.SafeLoader("")
        content = loader.construct_document(node)
        if not isinstance(content, dict):
            continue
        for each in content["items"] if content.get("kind") == "List" and isinstance(content.get("items"), list) else [content]:
            if isinstance(each, dict):
                yield Object(each, file, node.start_mark.line + 1)


def _render(context: Context, folder: Path) -> list[dict[str, Any]]:
    """What kustomize makes of a folder, with the images that would run where this project's own tree is judged."""
    target = folder
    if context.image:
        target = context.scratch / "kustomize"
        target.mkdir(exist_ok=True)
        known = {each.program: each.reference for each in images.of_monitoring(context.place)} | {"hash": context.image}
        parts = [(part, *reference.rpartition(":")[::2]) for part, reference in known.items()]
        table = {
            "resources": [os.path.relpath(folder, target)],
            "images": [{"name": part, "newName": name, "newTag": tag} for part, name, tag in parts],
        }
        # JSON is YAML in which a hash of digits alone stays a text, for every reader.
        (target / "kustomization.yaml").write_text(json.dumps(table), "utf-8")
    said = process.run([context.tool("kubectl").path, "kustomize", target], timeout=_SECONDS, ok=None)
    if said.returncode:
        raise CommandError(f"{folder} cannot be rendered: {said.tail}", fix=f"kubectl kustomize {folder}")
    objects = [each for each in yaml.load_all(said.stdout, Loader=yaml.CSafeLoader) if isinstance(each, dict)]
    if not objects:
        raise CommandError(f"{folder} renders to nothing", fix=f"kubectl kustomize {folder}")
    return objects
