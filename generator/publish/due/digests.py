"""Digests of files, so that a build without news ends before anything is understood of them."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2]
NOT_SHOWN = ("cli", "web")
"""Parts of the program that no page depends on."""

NOT_READ = ("reference", "schema")
"""Folders of the data that a build doesn't read."""

NO_SOURCE = "__pycache__"

LIBRARIES = ("arro3-io", "jinja2", "markupsafe", "markdown", "msgspec", "pillow", "pydantic", "xxhash")
"""Distributions whose version may show."""

INSTALLED = ".dist-info"
"""How the folder ends that installers name after a distribution and its version."""


def hashed(parts: Iterable[bytes]) -> str:
    """One digest of several parts."""
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        found.update(len(part).to_bytes(8, "little"))
        found.update(part)
    return found.hexdigest()


@cache
def code_digest() -> str:
    """The program itself, the libraries that shape pages and files, and Python."""
    installed = _installed()
    versions = "".join(f"{name} {installed.get(name) or _version(name)}\n" for name in LIBRARIES) + sys.version
    return hashed([versions.encode(), files_digest(PACKAGE, NOT_SHOWN).encode()])


def _installed() -> dict[str, str]:
    """Versions of installed distributions by name, as the names of folders have them: ``importlib.metadata`` takes a
    tenth of a build without news to load and to read the same.
    """
    found: dict[str, str] = {}
    for place in sys.path:
        with suppress(OSError):
            for entry in os.listdir(place or "."):
                if entry.endswith(INSTALLED):
                    name, _, version = entry.removesuffix(INSTALLED).partition("-")
                    found.setdefault(name.lower().replace("_", "-"), version)
    return found


def _version(distribution: str) -> str:
    """The version of what was installed in another way."""
    from importlib.metadata import version

    return version(distribution)


def files_digest(folder: Path, leave_out: Iterable[str] = ()) -> str:
    """Names and contents of every file below ``folder``, without the folders ``leave_out`` right in it."""
    names = sorted(_files(str(folder), "", {*leave_out, NO_SOURCE}))
    return hashed(part for name in names for part in (name.encode(), content(f"{folder}/{name}")))


def _files(top: str, below: str, left_out: Container[str]) -> Iterator[str]:
    """Paths of files below the folder ``top``; strings, as thousands of path objects take longer than the files."""
    with os.scandir(f"{top}/{below}") as entries:
        for entry in entries:
            if entry.name in left_out:
                continue
            if entry.is_dir():
                yield from _files(top, f"{below}{entry.name}/", (NO_SOURCE,))
            elif entry.is_file():
                yield f"{below}{entry.name}"


def content(path: str | Path) -> bytes:
    """All of a file, without a buffer between, which would take longer than a small file itself."""
    with open(path, "rb", buffering=0) as file:
        return file.read()


def header(data: Path, templates: Path, base_url: str, only: str) -> dict[str, str]:
    """What a build reads, without understanding any of it, and of which models."""
    return {
        "code": code_digest(),
        "data": files_digest(data, NOT_READ),
        "templates": files_digest(templates),
        "base_url": base_url,
        "only": only,
    }
