"""`python -m pipeline gate NAME PATH... [--json]`: one gate on any files, for hooks and other programs.

`python -m pipeline rules` writes the generated rules of Prometheus anew; `python -m pipeline adopt` all that follows from the settings.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from pipeline import workspace
from pipeline.adopt import places
from pipeline.dashboard import grafana
from pipeline.errors import PipelineError
from pipeline.gates import stages
from pipeline.monitoring import rules
from pipeline.workspace import Workspace

_USAGE = "usage: python -m pipeline gate NAME PATH... [--json]\n       python -m pipeline rules | adopt"


def main() -> int:
    """Run the command named by the first word and return its exit code."""
    match sys.argv[1:]:
        case ["gate", *words]:
            return stages.main(words)
        case ["rules"]:
            return _write("rules", lambda place: rules.write(place.root))
        case ["adopt"]:
            return _write("adopt", _all)
    print(_USAGE, file=sys.stderr)  # noqa: T201 - a command line's own voice
    return 2


def _write(name: str, write: Callable[[Workspace], list[Path]]) -> int:
    try:
        stale = write(workspace.locate())
    except PipelineError as error:
        print(f"{name}: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    print("\n".join(f"wrote {path.relative_to(workspace.ROOT)}" for path in stale) or f"{name}: all is up to date")  # noqa: T201
    return 0


def _all(place: Workspace) -> list[Path]:
    """The objectives are settled before the rules, which are generated from them."""
    return [*places.write(place.root, place.settings.service), *rules.write(place.root), *grafana.write(place)]


if __name__ == "__main__":
    sys.exit(main())
