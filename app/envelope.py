"""What every request gets, whatever its route: safe headers, metrics, one line of log, and an answer if the route fails."""

import json
import sys
import time
import traceback
from datetime import UTC, datetime
from http import HTTPMethod

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router
from starlette.types import Message, Receive, Scope, Send

from app import trace

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_SAFE_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "server": "",  # left out, the server would put its own name there
}


class Envelope:
    """ASGI middleware around the routes. Metrics and log name a request by its route's template, never by its path."""

    def __init__(self, routes: list[Route], commit: str, instance: str) -> None:
        self.draining = False
        self.registry = CollectorRegistry()
        self._router = Router(routes, redirect_slashes=False)
        self._templates = {route.endpoint: route.path for route in routes}
        self._origin = {"instance": instance, "commit": commit}
        headers = _SAFE_HEADERS | {"x-commit": commit, "x-instance": instance}
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._requests = Counter("http_requests", "Answers.", ["method", "route", "status"], registry=self.registry)
        self._seconds = Histogram("http_request_duration_seconds", "Time to answer.", ["route"], buckets=_SECONDS, registry=self.registry)
        self._kinds: dict[tuple[str, str, int], tuple[Counter, Histogram, str]] = {}
        Info("service_build", "The release that answers.", registry=self.registry).info({"commit": commit})
        ProcessCollector(registry=self.registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, measure it and log it."""
        began, status, error = time.perf_counter(), 0, dict[str, str]()
        identity = trace.of(scope["headers"])
        # The server's decoded path has lost the difference between / and %2F, and bytes that are not UTF-8.
        scope["path"] = scope["raw_path"].decode("latin-1")

        async def outward(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                farewell = [(b"connection", b"close")] if self.draining else []
                message["headers"] = [*message["headers"], *self._headers, (b"x-request-id", identity.encode()), *farewell]
            await send(message)

        try:
            await self._router(scope, receive, outward)
        except Exception:  # noqa: BLE001 - the last resort: whatever a route raises is a 500 and a line of log
            error = {"error": traceback.format_exc()}
            await PlainTextResponse("internal error\n", 500)(scope, receive, outward)
        method = scope["method"] if scope["method"] in HTTPMethod.__members__ else "OTHER"
        kind = method, self._templates.get(scope.get("endpoint", self), "unmatched"), status
        self._note(kind, time.perf_counter() - began, identity, error)

    def _note(self, kind: tuple[str, str, int], seconds: float, identity: str, error: dict[str, str]) -> None:
        """Count a request and write its line of log. What its kind (method, route, status) settles is made once: kinds are few."""
        if kind not in self._kinds:
            method, route, status = kind
            fixed = json.dumps({"method": method, "route": route, "status": status} | self._origin)
            self._kinds[kind] = self._requests.labels(method, route, str(status)), self._seconds.labels(route), fixed[1:-1]
        requests, times, fixed = self._kinds[kind]
        requests.inc()
        times.observe(seconds)
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        more = f", {json.dumps(error)[1:-1]}" if error else ""
        # One write, so that lines never mix.
        sys.stdout.write(f'{{"time": "{now}", {fixed}, "trace": "{identity}", "duration_ms": {seconds * 1000:.3f}{more}}}\n')
        sys.stdout.flush()
