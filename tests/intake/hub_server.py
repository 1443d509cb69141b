"""A stand-in for the Hugging Face Hub: what the tests put in is what it answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SHA = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Answers by path: status, headers, body. ``asked`` holds path and Authorization of every request."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.delay_s = 0.0
        self.url = ""

    def publish(self, repository: str, config: object, **facts: Any) -> None:
        """Put a model on the Hub; ``facts`` are fields of its page."""
        self.page(repository, 200, body={"id": repository, "sha": SHA} | facts)
        body = config if isinstance(config, bytes) else json.dumps(config).encode()
        self.answers[f"/{repository}/resolve/{SHA}/config.json"] = (200, {}, body)

    def page(self, repository: str, status: int, headers: dict[str, str] | None = None, body: object = None) -> None:
        """What asking for the model's page gives."""
        self.answers[f"/api/models/{repository}"] = (status, headers or {}, json.dumps(body or {}).encode())


@contextmanager
def running_hub() -> Iterator[Hub]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.asked.append((self.path, self.headers.get("Authorization")))
            time.sleep(hub.delay_s)
            missing = (404, {"X-Error-Code": "RepoNotFound"}, b"{}")
            status, headers, body = hub.answers.get(self.path.split("?")[0], missing)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *arguments: object) -> None:
            """A client that gave up is what a test of timeouts wants."""

    server = Server(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
