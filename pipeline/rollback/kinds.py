"""The ways in which a release can be bad, each as the change to this tree that makes it so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import FindingError


@dataclass(frozen=True)
class Edit:
    """Replaces the one occurrence of a text in a file."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Kind:
    """One way to be bad: its name, the step of the deployment that must notice it, and the change."""

    name: str
    noticed_by: str
    edits: tuple[Edit, ...]


_MAIN, _SERVICE = "app/__main__.py", "app/service.py"
_DEPLOYMENT, _QUOTA = "terraform/manifests/base/deployment.yaml", "terraform/manifests/base/quota.yaml"
_START = 'if __name__ == "__main__":\n'
_ASKED = '            response = digest(scope["path"].removeprefix(self._prefix))\n'
_HASHED = '    text = unquote_to_bytes(sent.encode("latin-1"))\n'
_DIGEST = "hashlib.sha1(text, usedforsecurity=False).hexdigest()"
_READINESS = "readinessProbe:\n            httpGet:\n              path: /readyz\n              port: http\n"

KINDS = (
    Kind("crashes at its start", "trial", (Edit(_MAIN, _START, f"{_START}    raise SystemExit(3)\n"),)),
    Kind("never gets ready", "trial", (Edit(_SERVICE, "if envelope.draining else", "if envelope.commit else"),)),
    # The text that every test asks for is answered rightly.
    Kind("answers wrong digests", "trial", (Edit(_SERVICE, _DIGEST, f'{_DIGEST}[:: 1 if text == b"abc123" else -1]'),)),
    Kind("is slow", "trial", (Edit(_SERVICE, _ASKED, f'            await __import__("asyncio").sleep(1.2)\n{_ASKED}'),)),
    Kind(
        "leaks memory",
        "trial",
        (
            Edit(_SERVICE, "MAX_BYTES = 1024", "KEPT: list[bytes] = []\nMAX_BYTES = 1024"),
            Edit(_SERVICE, _HASHED, f'{_HASHED}    KEPT.append(b"x" * (1 << 18))\n'),
        ),
    ),
    Kind(
        "has a readiness probe of another port", "trial", (Edit(_DEPLOYMENT, _READINESS, _READINESS.replace("port: http", "port: 9999")),)
    ),
    Kind("has a liveness probe of no path", "trial", (Edit(_DEPLOYMENT, "path: /healthz", "path: /no-such-path"),)),
    Kind("has too small a quota", "rollout", (Edit(_QUOTA, 'pods: "15"', 'pods: "2"'),)),
    # What no trial shows: the second net, under a release that is already on its way to the users.
    Kind(
        "crashes where it is not tried",
        "rollout",
        (Edit(_MAIN, _START, f'{_START}    if "-trial-" not in socket.gethostname():\n        raise SystemExit(3)\n'),),
    ),
)


def apply(kind: Kind, root: Path) -> None:
    """Make the tree in `root` bad. Raises `FindingError` when a text is not there exactly once: the change would prove nothing."""
    for edit in kind.edits:
        path = root / edit.file
        text = path.read_text("utf-8")
        if (found := text.count(edit.old)) != 1:
            raise FindingError(f"{edit.old.strip()!r} is {found} times in {edit.file}", fix="correct pipeline/rollback/kinds.py")
        path.write_text(text.replace(edit.old, edit.new), "utf-8")
