"""A small site that is served, a browser, and a small catalogue that is built in a moment."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from generator.publish.build import build
from generator.publish.options import Options
from tests.publish.small_site import KEPT_MODELS, copy_data
from tests.sample_site import BASE_URL, TEMPLATES, atlas, hardware_pages, renderer

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    out = tmp_path_factory.mktemp("site")
    build(atlas(), Options(out, TEMPLATES, BASE_URL, only="llama-4-*", jobs=2))
    for page in hardware_pages():
        folder = out / page.path.strip("/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_bytes(renderer().render(page))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(out)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    system = next((path for name in names if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=system, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three models of one family."""
    return copy_data(tmp_path_factory.mktemp("data"), KEPT_MODELS)


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One model."""
    return copy_data(tmp_path_factory.mktemp("small"), KEPT_MODELS[:1])
