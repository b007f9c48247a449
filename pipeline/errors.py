"""The pipeline's errors, which are also its table of exit codes.

Every error states the fact, where it was met, and the next thing to type; `stage` prints it as one line and exits with its code.
"""

from __future__ import annotations


class PipelineError(Exception):
    """Base of everything the pipeline raises on purpose.

    `what` is the fact with its place, `fix` the command or edit that comes next.
    """

    exit_code = 1

    def __init__(self, what: str, *, fix: str) -> None:
        # Programs and file names bring line breaks along; an error is one line, the whole text is in the stage's log.
        self.what = " | ".join(line.strip() for line in what.splitlines() if line.strip())
        self.fix = fix
        super().__init__(self.what)

    def __str__(self) -> str:
        return f"{self.what} -> {self.fix}"


class UsageError(PipelineError):
    """A setting, argument or environment variable is wrong."""

    exit_code = 2


class CommandError(PipelineError):
    """A program failed, is missing, or did not end in time."""

    exit_code = 3


class SourceError(PipelineError):
    """The working tree cannot be identified as one commit, or is not fit to be deployed."""

    exit_code = 4


class IntegrityError(PipelineError):
    """Bytes do not match their pinned hash, or a tool is not the pinned version."""

    exit_code = 5


class ToolchainError(PipelineError):
    """A pinned tool cannot be supplied on this machine."""

    exit_code = 6


class EngineError(PipelineError):
    """No usable container engine, and none could be started."""

    exit_code = 7


class ImageError(PipelineError):
    """The image could not be built, or is not what it must be."""

    exit_code = 8


class ClusterError(PipelineError):
    """The cluster could not be started, reached, or brought to its declared settings."""

    exit_code = 9


class ReleaseError(PipelineError):
    """Terraform failed, or what runs is not what was planned."""

    exit_code = 10


class BusyError(PipelineError):
    """Another run holds the lock, port or name that this one needs."""

    exit_code = 11


class FindingError(PipelineError):
    """A check found something. Findings have no exit code in common with broken machinery."""

    exit_code = 20
