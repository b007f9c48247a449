"""The stage graph as the noxfile declares it: which stage requires which, what each does, and which belong to a whole run."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.errors import UsageError


@dataclass(frozen=True)
class Node:
    """One stage: its name, what it requires, and what it does in the words of its docstring."""

    name: str
    requires: tuple[str, ...]
    does: str


@dataclass(frozen=True)
class Graph:
    """All stages by name, and the names of those that a run without words goes through, its last one left out."""

    nodes: Mapping[str, Node]
    whole: tuple[str, ...]

    @property
    def requires(self) -> dict[str, tuple[str, ...]]:
        """What each stage requires, by name."""
        return {name: node.requires for name, node in self.nodes.items()}

    def needed(self, *names: str) -> set[str]:
        """Stages and all that they require, directly or not."""
        wanted, open_ = set[str](), [name for name in names if name in self.nodes]
        while open_:
            name = open_.pop()
            if name not in wanted:
                wanted.add(name)
                open_ += [each for each in self.nodes[name].requires if each in self.nodes]
        return wanted


def read(source: str) -> Graph:
    """Read a noxfile's text; it is not run. Raises `UsageError` when it is no Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"noxfile.py is not readable ({error})", fix="git checkout noxfile.py") from error
    found = [_node(each) for each in tree.body if isinstance(each, ast.FunctionDef) and any(map(_is_session, each.decorator_list))]
    nodes = {node.name: node for node in found}
    last = _default(tree)
    wanted = Graph(nodes, ()).needed(*last)
    return Graph(nodes, tuple(node.name for node in found if node.name in wanted and node.name not in last))


def _is_session(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr == "session"


def _node(function: ast.FunctionDef) -> Node:
    words = {word.arg: word.value for each in function.decorator_list if isinstance(each, ast.Call) for word in each.keywords}
    name = _texts(words.get("name"))
    does = (ast.get_docstring(function) or "").partition(";")[0].rstrip(".")
    return Node(name[0] if name else function.name, _texts(words.get("requires")), does)


def _texts(value: ast.expr | None) -> tuple[str, ...]:
    """The texts that stand in an expression."""
    constants = (each.value for each in ast.walk(value) if isinstance(each, ast.Constant)) if value else ()
    return tuple(each for each in constants if isinstance(each, str))


def _default(tree: ast.Module) -> tuple[str, ...]:
    """What `nox.options.sessions` is set to."""
    for each in tree.body:
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "nox.options.sessions":
            return _texts(each.value)
    return ()
