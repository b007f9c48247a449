"""Runs the service in one process until SIGTERM or SIGINT, then drains.

Environment: BIND_ADDRESS (127.0.0.1), PORT (8080), METRICS_PORT (8081), SERVICE_COMMIT (full hash of the release), HOSTNAME (name of this
instance).
"""

import asyncio
import os
import signal
import socket
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from app.service import create, exposition

LAME_DUCK_SECONDS = 1.0  # readiness fails, requests are still answered and clients told to close their connections
DRAIN_SECONDS = 10.0  # limit for what is then in flight
LIMITS = HTTP1Settings(header_read_timeout=10_000, max_buffer_size=16_384)  # milliseconds, bytes
MODES: dict[str, Any] = {"interface": Interfaces.ASGINL, "http": HTTPModes.http1, "websockets": False, "log_enabled": False}


async def serve(address: str, port: int, metrics_port: int) -> None:
    """Serve until a signal asks to stop and the requests in flight are answered, then exit. Raises `TimeoutError` past the limit."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    service = create(os.environ.get("SERVICE_COMMIT", "unknown"), os.environ.get("HOSTNAME", "unknown"))
    for each in (port, metrics_port):
        socket.create_server((address, each)).close()  # raises when the port is taken, which Granian would share instead
    server: Any = Server(service, address, port, http1_settings=LIMITS, backlog=1024, **MODES)
    metrics: Any = Server(exposition(service), address, metrics_port, http1_settings=LIMITS, **MODES)
    serving, measuring, stopping = (asyncio.create_task(each) for each in (server.serve(), metrics.serve(), stop.wait()))
    await asyncio.wait({serving, measuring, stopping}, return_when=asyncio.FIRST_COMPLETED)
    service.draining = True
    await asyncio.sleep(LAME_DUCK_SECONDS)
    server.stop()
    await asyncio.wait_for(serving, DRAIN_SECONDS)
    # Granian's threads may still call into the interpreter and abort when it is taken down under them, so it is left standing.
    os._exit(0)


if __name__ == "__main__":
    ports = (int(os.environ.get(name, default)) for name, default in {"PORT": "8080", "METRICS_PORT": "8081"}.items())
    asyncio.run(serve(os.environ.get("BIND_ADDRESS", "127.0.0.1"), *ports))
