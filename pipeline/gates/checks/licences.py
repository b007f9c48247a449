"""Licences of the Python packages: each is known, and allowed for what the package is used for (policies/licences.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from email.message import Message
from importlib import metadata
from typing import cast

from pipeline.errors import CommandError
from pipeline.gates.context import Context
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report
from pipeline.toolchain import uv

# What an SPDX expression looks like; the old free-text field often holds one, and sometimes a whole licence.
_SPDX = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*")


def check(context: Context, inputs: Inputs) -> Report:
    """Compare every package of uv.lock that is installed here: what ships with the image by a short list, tools by a longer one."""
    table = tomllib.loads((context.configuration / "policies" / "licences.toml").read_text("utf-8"))
    shipped = _names(context, "--only-group", "service")
    lock = inputs.root / "uv.lock"
    if lock not in inputs.all:
        raise CommandError("there is no uv.lock, so nobody knows which packages are used", fix="uv lock")
    findings: list[Finding] = []
    rules = 0
    for name in sorted(_names(context, "--all-groups")):
        try:
            found = cast("Message", metadata.metadata(name))
        except metadata.PackageNotFoundError:
            continue  # another platform's
        rules += 1
        stated = licence(found, table["names"])
        allowed = table["shipped"] if name in shipped else [*table["shipped"], *table["tools"]]
        if not permits(stated, allowed):
            use = "ships with the image" if name in shipped else "is a tool"
            text = f"its licence is {stated or 'not stated'}, which policies/licences.toml does not allow for what {use}"
            findings.append(
                Finding(str(lock), 0, "licence", text, "medium", "decide on it in policies/licences.toml", f"{name}@{found['Version']}")
            )
    return Report("licences", context.tool("uv").version, (str(lock),), rules, tuple(findings))


def _names(context: Context, *selection: str) -> set[str]:
    lines = uv.requirements(context.tool("uv").path, context.configuration, *selection).splitlines()
    return {line.split("==")[0].strip() for line in lines if "==" in line and not line.lstrip().startswith("#")}


def licence(found: Message, names: dict[str, str]) -> str:
    """Return the SPDX expression that a package states, by the core metadata field or by the classifiers that went before it.

    `names` turns the classifiers' names into SPDX. Source: PEP 639; https://packaging.python.org/specifications/core-metadata/.
    """
    if expression := found.get("License-Expression"):
        return str(expression)
    classifiers = [text.rpartition(" :: ")[2] for text in found.get_all("Classifier") or [] if text.startswith("License ::")]
    known = [names[text] for text in classifiers if text in names]
    if known:
        return " OR ".join(dict.fromkeys(known))
    free = (found.get("License") or "").strip()
    return names.get(free, free if _SPDX.fullmatch(free) else "")


def permits(expression: str, allowed: Collection[str]) -> bool:
    """Whether an SPDX expression can be met with `allowed` licences: one side of each OR, both of each AND."""
    if not expression:
        return False
    flat = expression.strip()
    while re.search(r"\([^()]*\)", flat):
        flat = re.sub(r"\(([^()]*)\)", lambda inner: "YES" if permits(inner[1], allowed) else "NO", flat)
    return any(
        all(term.strip() == "YES" or term.strip() in allowed for term in re.split(r"\s+AND\s+", side))
        for side in re.split(r"\s+OR\s+", flat)
    )
