"""The few kinds of checks that the tables of controls are made of: each looks at the facts and says whether it is so, and what it saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from pipeline.harden.facts import Facts, File

ON, OFF = True, False  # how a setting of the kubelet reads best in a table
Answer: TypeAlias = tuple[bool, str]
Check: TypeAlias = Callable[[Facts], Answer]


@dataclass(frozen=True)
class Control:
    """One control: its number, what it wants in our own words, how it is looked at, and what to do when it is not so."""

    id: str
    title: str
    check: Check
    fix: str = ""


def flag(part: str, name: str, *accepted: str) -> Check:
    """The program runs with the flag, and with one of these values."""

    def look(facts: Facts) -> Answer:
        value = facts.flags.get(part, {}).get(name)
        return value in accepted, _said(name, value)

    return look


def flag_set(part: str, *names: str) -> Check:
    """The program runs with all of these flags, whatever their values."""

    def look(facts: Facts) -> Answer:
        missing = [name for name in names if not facts.flags.get(part, {}).get(name)]
        return not missing, f"{' and '.join(missing)} not set" if missing else "set"

    return look


def flag_absent(part: str, name: str, *harmless: str) -> Check:
    """The program runs, and without the flag, or with a harmless value of it."""

    def look(facts: Facts) -> Answer:
        value = facts.flags.get(part, {}).get(name)
        return part in facts.flags and (value is None or value in harmless), _said(name, value)

    return look


def flag_lists(part: str, name: str, item: str) -> Check:
    """The flag's list has the item."""

    def look(facts: Facts) -> Answer:
        value = facts.flags.get(part, {}).get(name, "")
        return item in value.split(","), f"{item} is in {name}" if item in value.split(",") else f"{item} is not in {name}"

    return look


def flag_lacks(part: str, name: str, item: str) -> Check:
    """The program runs, and the flag's list does not have the item."""

    def look(facts: Facts) -> Answer:
        value = facts.flags.get(part, {}).get(name, "")
        return part in facts.flags and item not in value.split(","), _said(name, value or None)

    return look


def flag_between(part: str, name: str, least: int, most: int) -> Check:
    """The flag is a number, with or without `s` for seconds, in these bounds."""

    def look(facts: Facts) -> Answer:
        value = facts.flags.get(part, {}).get(name, "")
        number = value.removesuffix("s")
        return number.isdigit() and least <= int(number) <= most, _said(name, value or None)

    return look


def kubelet(path: str, *accepted: object) -> Check:
    """The kubelet says that the setting at the dotted path has one of these values. What it leaves out is None."""

    def look(facts: Facts) -> Answer:
        value: Any = facts.kubelet
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        return bool(facts.kubelet) and value in accepted, _said(path, value)

    return look


def mode(path: str, limit: int, *, ending: str = "", folders: bool = False) -> Check:
    """Every file at or below the path (with that ending), or the folder itself, grants nothing beyond `limit`; there must be one."""

    def judge(file: File) -> bool:
        return int(file.mode, 8) & ~limit == 0

    return _files(path, ending, judge, lambda file: file.mode, folders=folders)


def owner(path: str, wanted: str = "root:root", *, folders: bool = False) -> Check:
    """Every file at or below the path belongs to `wanted`; there must be one."""
    return _files(path, "", lambda file: file.owner == wanted, lambda file: file.owner, folders=folders)


def _files(path: str, ending: str, judge: Callable[[File], bool], show: Callable[[File], str], *, folders: bool) -> Check:
    def look(facts: Facts) -> Answer:
        files = [file for file in facts.under(path) if file.folder == folders and file.path.endswith(ending)]
        if folders:
            files = [file for file in files if file.path == path]
        wrong = [f"{file.path} is {show(file)}" for file in files if not judge(file)]
        if not files:
            return False, f"nothing at {path}"
        return not wrong, "; ".join(wrong[:3]) or f"{len(files)} of {len(files)}: {', '.join(sorted({show(file) for file in files}))}"

    return look


def nowhere(path: str) -> Check:
    """There is nothing at that path."""

    def look(facts: Facts) -> Answer:
        there = [file.path for file in facts.under(path)]
        return not there, ", ".join(there) or "there is none"

    return look


def proven(name: str) -> Check:
    """It was tried on the live cluster and came out as it must; what was not tried has not held."""

    def look(facts: Facts) -> Answer:
        proof = facts.proofs.get(name)
        return (proof.held, proof.seen) if proof else (False, f"{name} was not tried")

    return look


def every(*checks: Check) -> Check:
    """All of the checks are so; what is told is what is not."""

    def look(facts: Facts) -> Answer:
        answers = [check(facts) for check in checks]
        wrong = [seen for ok, seen in answers if not ok]
        return not wrong, "; ".join(wrong or dict.fromkeys(seen for _, seen in answers))

    return look


def none(what: str, find: Callable[[Facts], list[str]]) -> Check:
    """Nothing of the kind is found."""

    def look(facts: Facts) -> Answer:
        found = find(facts)
        return not found, "; ".join(found[:4]) + (f" and {len(found) - 4} more" if len(found) > 4 else "") or f"no {what}"  # noqa: PLR2004

    return look


def _said(name: str, value: object) -> str:
    return f"{name} is not set" if value is None else f"{name}={value}"
