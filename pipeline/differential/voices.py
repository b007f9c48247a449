"""Puts objects to the judges: Rego in one call, and the API server, object by object, where admission and Pod Security answer at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.cluster import api
from pipeline.cluster.api import Api, Reply
from pipeline.cluster.policies import KINDS
from pipeline.differential.corpus import Case
from pipeline.gates.checks import rego
from pipeline.gates.context import Context
from pipeline.workspace import Workspace

MARK = "asked"
"""What a policy under test says of every object that it was asked about: silence would look like consent."""
_OF_POLICY = re.compile(r"^Validation failed for ValidatingAdmissionPolicy '([\w-]+)' with binding '[\w-]+': (.*)$", re.DOTALL)
_OF_POD_SECURITY = re.compile(r'^would violate PodSecurity "restricted:latest": (.*)$', re.DOTALL)


@dataclass(frozen=True)
class Heard:
    """What the API server said about one object."""

    refused: str
    """Why it never came to admission: the API itself does not take such an object. Empty when it did."""
    said: Mapping[str, frozenset[str]]
    """What each policy under test said."""
    pod_security: frozenset[str]
    """The checks of Pod Security that it violates, in Pod Security's words."""


def of_rego(place: Workspace, cases: Sequence[Case], scratch: Path) -> list[frozenset[str]]:
    """The rules that Rego says each object breaks, judged alone. Raises `CommandError` when the rules do not answer."""
    documents = [
        {"kind": "bundle", "objects": [{"content": rego.pruned(case.content), "file": str(number), "line": 0, "name": ""}]}
        for number, case in enumerate(cases)
    ]
    report = rego.evaluate(Context(place, own=True, scratch=scratch), documents)
    found: list[set[str]] = [set() for _ in cases]
    for finding in report.findings:
        found[int(finding.file)].add(finding.rule)
    return [frozenset(each) for each in found]


def of_server(server: Api, cases: Iterable[Case]) -> list[Heard]:
    """What the API server says about each, several at a time."""
    with ThreadPoolExecutor(api.CONNECTIONS) as pool:
        return list(pool.map(lambda case: heard(send(server, case)), cases))


def send(server: Api, case: Case) -> Reply:
    """Send an object as a dry run: to be made, or, with ephemeral containers, to be added to the pod that is there."""
    content = case.content
    if content["kind"] == "Pod" and content["spec"].get("ephemeralContainers"):
        return server.send("PUT", f"{path(content)}/{content['metadata']['name']}/ephemeralcontainers", content, api.DRY_RUN)
    return server.send("POST", path(content), content, api.DRY_RUN)


def path(content: Mapping[str, Any]) -> str:
    """Where objects of this kind are made."""
    group, version, resource = KINDS[content["kind"]]
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    home = content["metadata"].get("namespace")
    return f"{root}/namespaces/{home}/{resource}" if home else f"{root}/{resource}"


def heard(reply: Reply) -> Heard:
    """Sort an answer by who said what."""
    said: dict[str, set[str]] = {}
    violated: frozenset[str] = frozenset()
    for warning in reply.warnings:
        if found := _OF_POLICY.match(warning):
            said.setdefault(found[1], set()).add(found[2])
        elif found := _OF_POD_SECURITY.match(warning):
            violated = reasons(found[1])
    refused = "" if said else reply.message or "no policy under test was asked"
    return Heard(refused, {name: frozenset(each) for name, each in said.items()}, violated)


def reasons(text: str) -> frozenset[str]:
    """The reasons in `reason (details), reason (details)`: details have parentheses, commas and quotes of their own."""
    found, depth, word = set(), 0, ""
    for letter in f"{text},":
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            found.add(word.partition(" (")[0].strip())
            word = ""
        else:
            word += letter
    return frozenset(found - {""})
