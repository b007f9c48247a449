"""Short or long: the one word that the stages under load know."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import UsageError

LONG = "--long"
# Nox hands the words to every stage that a run needs.
_OF_GATES = {"--no-cache", "--strict"}


def is_long(stage: str, arguments: Sequence[str]) -> bool:
    """Whether the long form is wanted. Raises `UsageError` for a word that nobody knows: a misspelt one must not choose the short form."""
    if unknown := sorted(set(arguments) - _OF_GATES - {LONG}):
        raise UsageError(f"{stage} knows no {unknown[0]!r}", fix=f"nox -s {stage} -- {LONG}")
    return LONG in arguments
