"""The routes. Paths are matched as they were sent; only the text to hash is decoded, and once."""

import hashlib
import re
from urllib.parse import unquote_to_bytes

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route, Router
from starlette.types import Receive, Scope, Send

from app.envelope import Envelope

MAX_BYTES = 1024  # of a text after decoding
_BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


def digest(sent: str) -> Response:
    """Answer the SHA-1 of the UTF-8 text after `/hash/`, empty or not. A '?' that belongs to it is sent as %3F."""
    text = unquote_to_bytes(sent.encode("latin-1"))
    if _BROKEN_ESCAPE.search(sent):
        return PlainTextResponse("a '%' must be followed by two hex digits, or be sent as %25\n", 400)
    if len(text) > MAX_BYTES:
        return PlainTextResponse(f"the text is longer than {MAX_BYTES} bytes\n", 414)
    try:
        text.decode()
    except UnicodeDecodeError:
        return PlainTextResponse("the text is not valid UTF-8\n", 400)
    # The digest is the service's product; nothing is protected by it.
    return PlainTextResponse(hashlib.sha1(text, usedforsecurity=False).hexdigest())


class Digests(Route):
    """All below `/hash/`. A plain Route answers the same, but its pattern and its Request cost several times what the digest does."""

    _prefix = "/hash/"

    def __init__(self) -> None:
        super().__init__(f"{self._prefix}{{text:path}}", digest)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Claim every path below the prefix, whatever the method."""
        return (Match.FULL, {"endpoint": digest}) if scope["path"].startswith(self._prefix) else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD; tell everybody else which methods there are."""
        if scope["method"] in {"GET", "HEAD"}:
            response = digest(scope["path"].removeprefix(self._prefix))
        else:
            response = PlainTextResponse("Method Not Allowed", 405, {"Allow": "GET, HEAD"})
        await response(scope, receive, send)


def create(commit: str, instance: str) -> Envelope:
    """Build the application of release `commit` on host `instance`. Its `draining` flag turns `/readyz` to 503."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        return PlainTextResponse("draining\n", 503) if envelope.draining else PlainTextResponse("ready\n")

    envelope = Envelope([Digests(), Route("/healthz", healthz), Route("/readyz", readyz)], commit, instance)
    return envelope


def exposition(envelope: Envelope) -> Router:
    """Build what answers `/metrics`. It has a port of its own, which no Service publishes: whom it concerns asks the instance itself."""

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(envelope.registry), media_type=CONTENT_TYPE_LATEST, headers={"server": ""})

    return Router([Route("/metrics", metrics)], redirect_slashes=False)
