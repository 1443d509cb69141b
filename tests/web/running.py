"""An application that runs beside the tests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp

from generator.web.server import Server


@contextmanager
def running(app: ASGIApp) -> Iterator[int]:
    """The port that it listens on."""
    server = Server(app, "127.0.0.1", 0)
    thread = threading.Thread(target=lambda: asyncio.run(server.run_here()))
    thread.start()
    try:
        yield int(server.address.rstrip("/").rpartition(":")[2])
    finally:
        server.should_exit = True
        thread.join()
