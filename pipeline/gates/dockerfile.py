"""Reads a Dockerfile into its instructions. Source: https://docs.docker.com/reference/dockerfile/#format."""

from __future__ import annotations

from typing import TypedDict


class Instruction(TypedDict):
    """One instruction: its name in capitals, its words as one string, the line where it begins, and the stage that it is in."""

    name: str
    value: str
    line: int
    stage: int


def instructions(text: str) -> list[Instruction]:
    """Return the instructions in order. Continued lines are joined, comments between them dropped; heredocs stay with their instruction."""
    found: list[Instruction] = []
    stage = -1
    lines = iter(enumerate(text.splitlines(), 1))
    for number, first in lines:
        if not first.strip() or first.lstrip().startswith("#"):
            continue
        parts, line = [], first
        while line.rstrip().endswith("\\"):
            parts.append(line.rstrip().removesuffix("\\"))
            line = next((each for _, each in lines if not each.lstrip().startswith("#")), "")
        joined = " ".join(" ".join([*parts, line]).split())
        name, _, value = joined.partition(" ")
        stage += name.upper() == "FROM"
        found.append({"name": name.upper(), "value": value, "line": number, "stage": stage})
    return found
