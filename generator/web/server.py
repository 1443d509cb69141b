"""Runs an application on this machine until it is stopped."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

PATIENCE_SECONDS = 1
"""How long a listening browser may hold up the end."""


class PortTaken(Exception):
    """Something else listens there."""


class Server(uvicorn.Server):
    """A quiet server. Raises PortTaken where its address is in use."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=PATIENCE_SECONDS)
        super().__init__(config)
        self._socket = _listening(host, port)
        name, number = self._socket.getsockname()[:2]
        self.address = f"http://{f'[{name}]' if ':' in name else name}:{number}/"

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None: what ends the program ends the server."""
        yield

    async def run_here(self) -> None:
        """Serve until stopped."""
        await self.serve([self._socket])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise PortTaken(f"can't listen on {host}, port {port}: {os.strerror(error.errno or 0)}") from error
