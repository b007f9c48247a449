"""`python -m pipeline gate NAME PATH... [--json]`: one gate on any files, for hooks and other programs.

`python -m pipeline rules` writes the generated rules of Prometheus anew.
"""

from __future__ import annotations

import sys

from pipeline import workspace
from pipeline.errors import PipelineError
from pipeline.gates import stages
from pipeline.monitoring import rules

_USAGE = "usage: python -m pipeline gate NAME PATH... [--json]\n       python -m pipeline rules"


def main() -> int:
    """Run the command named by the first word and return its exit code."""
    match sys.argv[1:]:
        case ["gate", *words]:
            return stages.main(words)
        case ["rules"]:
            return _rules()
    print(_USAGE, file=sys.stderr)  # noqa: T201 - a command line's own voice
    return 2


def _rules() -> int:
    try:
        stale = rules.write(workspace.ROOT)
    except PipelineError as error:
        print(f"rules: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    print("\n".join(f"wrote {path.relative_to(workspace.ROOT)}" for path in stale) or "the generated rules are up to date")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
