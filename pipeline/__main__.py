"""`python -m pipeline gate NAME PATH... [--json]`: one gate on any files, for hooks and other programs."""

from __future__ import annotations

import sys

from pipeline.gates import stages


def main() -> int:
    """Run the command named by the first word and return its exit code."""
    if sys.argv[1:2] != ["gate"]:
        print("usage: python -m pipeline gate NAME PATH... [--json]", file=sys.stderr)  # noqa: T201
        return 2
    return stages.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
