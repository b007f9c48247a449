"""Asks this clone's cluster through kubectl, with the cluster's own kubeconfig: the user's is neither read nor written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline import process
from pipeline.errors import CommandError
from pipeline.process import Completed
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

_ANSWER_SECONDS = 15
_AGAIN = "nox -s cluster"


def run(place: Workspace, *words: str | Path, timeout: float = 120, stdin: str | None = None, credential: Path | None = None) -> Completed:
    """Run kubectl, as the administrator or by another's credential. Raises `CommandError` when it fails or the cluster does not answer."""
    known: list[str | Path] = [
        "--kubeconfig",
        credential or place.kubeconfig,
        f"--context={place.name}",
        f"--request-timeout={_ANSWER_SECONDS}s",
    ]
    argv = [supply.tool(place, "kubectl"), *known, *words]
    return process.run(argv, timeout=timeout, stdin=stdin, fix=_AGAIN)


def apply(place: Workspace, objects: Iterable[Mapping[str, Any]]) -> None:
    """Apply objects that were made here instead of read from a file. Raises `CommandError` when the cluster refuses one of them."""
    # kubectl's own validation asks every API for its schema and fails while one of them, such as the metrics server's, is busy.
    run(place, "apply", "--validate=false", "--filename=-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))


def get(place: Workspace, *words: str) -> list[dict[str, Any]]:
    """Return what `kubectl get` finds, always as a list. Raises `CommandError` when it fails or prints something else."""
    said = run(place, "get", *words, "--output=json", timeout=2 * _ANSWER_SECONDS).stdout
    try:
        answer = json.loads(said)
        return list(answer["items"]) if answer["kind"] == "List" else [answer]
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"kubectl get {' '.join(words)} printed no objects", fix=_AGAIN) from error
