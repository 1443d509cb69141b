"""Files in an object store, reached by fsspec: S3 and what speaks its protocol are what this is tried on.

Credentials and endpoints come from where fsspec and the store's own library look for them.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from generator.publish.hosts.facts import HASHED, HASHED_CACHE, PAGE_CACHE
from generator.publish.output.stage import OutputError

BATCH_FILES, BATCH_BYTES = 256, 16 << 20
"""How much is gathered before it is sent, many files at a time."""

CONNECTIONS = 64
"""Files that are on their way to S3 at once; its library keeps 10 by itself."""

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
}
"""Content types by ending, the same whatever the machine knows of them."""

S3 = ("s3", "s3a")


class Store:
    """The files below one URL, by their name.

    Every method raises OutputError where the store refuses, can't be reached, or its library isn't installed.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._protocol = url.partition("://")[0]

    def read(self, name: str) -> bytes | None:
        """A file's content, None where it isn't there."""
        with self._named(name) as (fs, path):
            try:
                body: bytes = fs.cat_file(path(name))
            except FileNotFoundError:
                return None
        return body

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """The content of files that are there, many at once."""
        wanted = list(names)
        with self._named(self.url) as (fs, path):
            found: dict[str, bytes] = fs.cat([path(name) for name in wanted]) if wanted else {}
            return {name: found[path(name)] for name in wanted}

    def fetch(self, name: str, target: Path) -> bool:
        """Copy a file to this machine; whether it is there."""
        with self._named(name) as (fs, path):
            try:
                fs.get_file(path(name), str(target))
            except FileNotFoundError:
                target.unlink(missing_ok=True)
                return False
        return True

    def create(self, name: str, body: bytes) -> bool:
        """Write a small file unless it is there; whether it wasn't."""
        with self._named(name) as (fs, path):
            try:
                fs.pipe_file(path(name), body, mode="create")
            except FileExistsError:
                return False
        return True

    def write(self, bodies: Mapping[str, bytes], folder: str = "") -> None:
        """Write files below ``folder``, with the headers that readers get them with."""
        spelled = SPELLINGS.get(self._protocol, _untold)
        for told, names in groupby(sorted(bodies, key=headers), key=headers):
            with self._named(self.url) as (fs, path):
                fs.pipe({path(folder + name): bodies[name] for name in names}, **spelled(told))

    def put(self, name: str, source: Path) -> None:
        """Write a file that lies on this machine."""
        with self._named(name) as (fs, path):
            fs.put_file(str(source), path(name))

    def copy(self, folder: str, names: Iterable[str]) -> None:
        """Copy files from below ``folder`` to their place, inside the store."""
        wanted = list(names)
        with self._named(self.url) as (fs, path):
            fs.copy([path(folder + name) for name in wanted], [path(name) for name in wanted], on_error="raise")

    def remove(self, names: Iterable[str]) -> None:
        """Delete files; those that aren't there are no matter."""
        wanted = list(names)
        if wanted:
            with self._named(self.url) as (fs, path):
                fs.rm([path(name) for name in wanted])

    def sizes(self, folder: str = "") -> dict[str, int]:
        """Bytes of every file below ``folder``, by its name there."""
        with self._named(folder) as (fs, path):
            root = path(folder).rstrip("/")
            fs.invalidate_cache()
            return {name[len(root) + 1 :]: each["size"] for name, each in fs.find(root, detail=True).items()}

    def top(self) -> list[str]:
        """Names of the files and folders that lie highest."""
        with self._named(self.url) as (fs, path):
            root = path("").rstrip("/")
            fs.invalidate_cache()
            try:
                return [each["name"].rstrip("/")[len(root) + 1 :] for each in fs.ls(root, detail=True)]
            except FileNotFoundError:
                return []

    def _settings(self) -> dict[str, object]:
        """What S3 is reached with where fsspec's own configuration says nothing."""
        from fsspec.config import conf

        if self._protocol not in S3 or "config_kwargs" in conf.get(self._protocol, {}):
            return {}
        return {"config_kwargs": {"max_pool_connections": CONNECTIONS}}

    @contextmanager
    def _named(self, name: str) -> Iterator[tuple[Any, Callable[[str], str]]]:
        """The file system, and what makes its path of a name; what goes wrong is told with ``name``."""
        try:
            from fsspec.core import url_to_fs

            # Kept by fsspec for each process, as connections don't survive a fork.
            fs, root = url_to_fs(self.url, **self._settings())
            yield fs, lambda each: f"{root}/{each}"
        except ImportError as error:
            raise OutputError(self.url, f"{error} (pip install 'vram-atlas[s3]' brings what S3 needs)") from error
        except Exception as error:  # each store's library has its own
            where = name if name == self.url else f"{self.url}/{name}"
            raise OutputError(where, f"{type(error).__name__}: {error}") from error


class StoreStage:
    """A folder of the store that takes files by their name in the site, and sends many at a time."""

    def __init__(self, store: Store, folder: str) -> None:
        self._store, self._folder = store, folder
        self._waiting: dict[str, bytes] = {}
        self._bytes = 0

    def write(self, name: str, *parts: bytes) -> None:
        """Take one file. Raises OutputError."""
        body = b"".join(parts)
        self._waiting[name] = body
        self._bytes += len(body)
        if len(self._waiting) >= BATCH_FILES or self._bytes >= BATCH_BYTES:
            self.flush()

    def take(self, name: str, source: Path) -> None:
        """Take a file of this machine. Raises OutputError."""
        try:
            self.write(name, source.read_bytes())
        except OSError as error:
            raise OutputError(source, error) from error

    def flush(self) -> None:
        """Send what is waiting. Raises OutputError."""
        waiting, self._waiting, self._bytes = self._waiting, {}, 0
        self._store.write(waiting, self._folder)

    def close(self) -> None:
        """Drop what wasn't sent."""
        self._waiting.clear()


class Headers(NamedTuple):
    """What readers are told of a file: its type, how long it may be kept, its coding where it is a compressed twin."""

    type: str
    cache: str
    coding: str = ""


def headers(name: str) -> Headers:
    """Those of the file ``name``."""
    plain = name.removesuffix(".br").removesuffix(".gz")
    kind = TYPES.get(Path(plain).suffix) or mimetypes.guess_type(plain)[0] or "application/octet-stream"
    kept = HASHED_CACHE if re.search(HASHED, name) else PAGE_CACHE
    return Headers(kind, kept, {".br": "br", ".gz": "gzip"}.get(Path(name).suffix, "") if plain != name else "")


def _s3(told: Headers) -> dict[str, object]:
    coding = {"ContentEncoding": told.coding} if told.coding else {}
    return {"ContentType": told.type, "CacheControl": told.cache, **coding}


def _google(told: Headers) -> dict[str, object]:
    coding = {"content_encoding": told.coding} if told.coding else {}
    return {"content_type": told.type, "fixed_key_metadata": {"cache_control": told.cache, **coding}}


def _azure(told: Headers) -> dict[str, object]:
    coding = {"content_encoding": told.coding} if told.coding else {}
    return {"content_settings": {"content_type": told.type, "cache_control": told.cache, **coding}}


def _untold(told: Headers) -> dict[str, object]:
    return {}


SPELLINGS: Mapping[str, Callable[[Headers], dict[str, object]]] = {
    **dict.fromkeys(S3, _s3),
    **dict.fromkeys(("gs", "gcs"), _google),
    **dict.fromkeys(("abfs", "abfss", "az"), _azure),
}
"""How headers are given to the library of each kind of store; one of another kind gets none."""
