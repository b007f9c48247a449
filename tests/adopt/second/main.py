"""The whole service, in one process of aiohttp: answers until SIGTERM or SIGINT, then drains.

Environment: BIND_ADDRESS (127.0.0.1), PORT (9090), METRICS_PORT (9091), SERVICE_COMMIT (full hash of the release), HOSTNAME (name of this
instance).
"""

import asyncio
import json
import logging
import os
import re
import signal
import sys
import time
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector, generate_latest

MAX_BYTES = 1024  # of a text after decoding
LAME_DUCK_SECONDS, DRAIN_SECONDS = 1.0, 10.0
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_PARENT = re.compile("00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Server": "",  # left out, aiohttp would tell its own name and version
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Service:
    """Routes, figures and log of one instance."""

    def __init__(self, commit: str, instance: str) -> None:
        self.draining = False
        self.registry = CollectorRegistry()
        self._origin = {"commit": commit, "instance": instance}
        self._headers = _HEADERS | {"X-Release": commit, "X-Pod": instance}
        self._requests = Counter("http_requests", "Answers.", ["method", "route", "status"], registry=self.registry)
        self._seconds = Histogram("http_request_duration_seconds", "Time to answer.", ["route"], buckets=_BUCKETS, registry=self.registry)
        Info("service_build", "The release that answers.", registry=self.registry).info({"commit": commit})
        ProcessCollector(registry=self.registry)

    def application(self) -> web.Application:
        """What users are given."""
        made = web.Application(middlewares=[self._envelope])
        made.router.add_get("/checksum", checksum)
        made.router.add_get("/health/live", self._live)
        made.router.add_get("/health/ready", self._ready)
        return made

    def figures(self) -> web.Application:
        """What Prometheus is given, on a port of its own."""
        made = web.Application()
        made.router.add_get("/metrics", self._metrics)
        return made

    async def _live(self, _: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def _ready(self, _: web.Request) -> web.Response:
        return web.Response(status=503 if self.draining else 200, text="draining\n" if self.draining else "ready\n")

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self.registry), headers={"Server": "", "Content-Type": "text/plain; version=0.0.4"})

    @web.middleware
    async def _envelope(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        began, error = time.perf_counter(), ""
        answer: web.StreamResponse
        try:
            answer = await handler(request)
        except web.HTTPException as refusal:
            answer = web.Response(status=refusal.status, text=f"{refusal.reason}\n", headers=_allowed(refusal))
        except Exception as failure:  # noqa: BLE001 - the last resort: whatever a route raises is a 500 and a line of log
            answer, error = web.Response(status=500, text="internal error\n"), repr(failure)
        answer.headers.update(self._headers)
        if self.draining:
            answer.force_close()
        self._note(request, answer.status, time.perf_counter() - began, error)
        return answer

    def _note(self, request: web.Request, status: int, seconds: float, error: str) -> None:
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unmatched"
        method = request.method if request.method in _METHODS else "OTHER"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        told = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "method": method, "route": route, "status": status}
        told |= self._origin | {"trace": _trace(request), "duration_ms": round(seconds * 1000, 3)} | ({"error": error} if error else {})
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


async def checksum(request: web.Request) -> web.Response:
    """Answer the CRC-32 of the query's `of`."""
    text = request.query.get("of", "").encode("utf-8", "surrogateescape")
    if len(text) > MAX_BYTES:
        raise web.HTTPRequestURITooLong
    return web.Response(text=json.dumps({"crc32": f"{zlib.crc32(text):08x}"}) + "\n", content_type="application/json")


def _allowed(refusal: web.HTTPException) -> dict[str, str]:
    return {hdrs.ALLOW: refusal.headers[hdrs.ALLOW]} if hdrs.ALLOW in refusal.headers else {}


def _trace(request: web.Request) -> str:
    found = _PARENT.fullmatch(request.headers.get("traceparent", ""))
    return found[1] if found else os.urandom(16).hex()


async def serve(address: str, port: int, metrics_port: int) -> None:
    """Serve until a signal asks to stop, then tell everybody to go elsewhere, then answer what is in flight."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    logging.getLogger("aiohttp.server").disabled = True  # it would write what no HTTP request is, traceback and all, between the lines
    service = Service(os.environ.get("SERVICE_COMMIT", "unknown"), os.environ.get("HOSTNAME", "unknown"))
    runners = []
    for made, each in ((service.application(), port), (service.figures(), metrics_port)):
        runner = web.AppRunner(made, access_log=None, shutdown_timeout=DRAIN_SECONDS)
        await runner.setup()
        await web.TCPSite(runner, address, each, backlog=1024).start()
        runners.append(runner)
    await stop.wait()
    service.draining = True
    await asyncio.sleep(LAME_DUCK_SECONDS)
    for runner in runners:
        await runner.cleanup()


if __name__ == "__main__":
    ports = (int(os.environ.get(name, default)) for name, default in {"PORT": "9090", "METRICS_PORT": "9091"}.items())
    asyncio.run(serve(os.environ.get("BIND_ADDRESS", "127.0.0.1"), *ports))
