"""A small site that is served, a browser, small catalogues that are built in a moment, an S3 server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest
from playwright.sync_api import Browser, sync_playwright

from generator.publish.build import build
from generator.publish.options import Options
from tests.publish.small_site import KEPT_MODELS, atlas_of, copy_data
from tests.publish.tiny_site import tiny_data
from tests.sample_site import BASE_URL, TEMPLATES, atlas, hardware_pages, renderer

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of one family, of no model, and of hardware for the sample models."""
    out = tmp_path_factory.mktemp("site")
    build(atlas(), Options(out, TEMPLATES, BASE_URL, only="llama-4-*", jobs=2))
    for page in hardware_pages():
        folder = out / page.path.strip("/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_bytes(renderer().render(page))
    return out


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium; no longer than a module needs it, as its event loop keeps others from running in this thread."""
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


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models, little hardware."""
    return tiny_data(tmp_path_factory.mktemp("tiny"), ("llama-3.1-8b", "llama-3.2-1b"))


@pytest.fixture(scope="session")
def tiny_site(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of it."""
    out = tmp_path_factory.mktemp("tiny-site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "86400")
        build(atlas_of(tiny), Options(out, TEMPLATES, BASE_URL, data=tiny).with_header())
    return out


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An S3 server of its own with a bucket that keeps every version; fsspec and its workers find it as they would."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "anyone")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        until_answered(port)
        store = fsspec.filesystem("s3")
        store.mkdir("atlas")
        store.call_s3("put_bucket_versioning", Bucket="atlas", VersioningConfiguration={"Status": "Enabled"})
        yield "s3://atlas"
    server.kill()
    server.wait()


def until_answered(port: int) -> None:
    """Wait for a server of this machine."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise TimeoutError(f"nobody answers at port {port}")
