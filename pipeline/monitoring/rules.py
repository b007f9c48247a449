"""The rule files of Prometheus: those that are generated, and how they are written.

`python -m pipeline rules` writes the generated ones anew; a test compares what is committed with what would be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline.monitoring import declared, objectives

FOLDER = "terraform/monitoring/manifests/rules"
_HEADER = "# Generated from {source} by `python -m pipeline rules`: change that, not this.\n"


class _Dumper(yaml.SafeDumper):
    """Indents lists, as yamllint wants it, and writes texts of several lines as blocks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's signature
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def generated(root: Path) -> Mapping[Path, str]:
    """Return the generated files of the project in `root` and what they must hold. Raises `UsageError` for unfit objectives."""
    folder = root / FOLDER
    return {
        folder / "slo.yaml": written(objectives.FILE, objectives.groups(objectives.load(root))),
        folder / "declared.yaml": written(declared.OVERLAY, declared.groups(declared.objects(root))),
    }


def written(source: str, groups: list[dict[str, Any]]) -> str:
    """Rule groups as the text of a file."""
    body = yaml.dump({"groups": groups}, Dumper=_Dumper, sort_keys=False, width=130, allow_unicode=True)
    return _HEADER.format(source=source) + body


def write(root: Path) -> list[Path]:
    """Write the generated files. Return those that changed."""
    stale = [path for path, text in generated(root).items() if not path.is_file() or path.read_text("utf-8") != text]
    for path, text in generated(root).items():
        path.write_text(text, "utf-8")
    return stale


def load(root: Path) -> list[dict[str, Any]]:
    """Return every rule of every committed file."""
    documents = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((root / FOLDER).glob("*.yaml"))]
    return [rule for document in documents for group in document["groups"] for rule in group["rules"]]


def alerts(root: Path) -> list[dict[str, Any]]:
    """Return every alerting rule."""
    return [rule for rule in load(root) if "alert" in rule]
