"""Digests of files, so that a build without news ends before anything is understood of them."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGE = Path(__file__).parents[2]
NOT_SHOWN = ("cli", "web")
"""Parts of the program that no page depends on."""

NOT_READ = ("reference", "schema")
"""Folders of the data that a build doesn't read."""

LIBRARIES = ("jinja2", "markupsafe", "markdown", "pillow", "pyarrow", "pydantic", "xxhash")


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
    files = (path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] not in NOT_SHOWN)
    versions = "".join(f"{name} {version(name)}\n" for name in LIBRARIES) + sys.version
    return hashed([versions.encode(), *(path.read_bytes() for path in files)])


def files_digest(folder: Path, leave_out: Iterable[str] = ()) -> str:
    """Names and contents of every file below ``folder``."""
    left_out = {folder / name for name in leave_out} | {"__pycache__"}
    found = (path for path in folder.rglob("*") if path.is_file() and left_out.isdisjoint((*path.parents, *path.parts)))
    paths = sorted(found)
    return hashed(part for path in paths for part in (str(path.relative_to(folder)).encode(), path.read_bytes()))


def header(data: Path, templates: Path, base_url: str) -> dict[str, str]:
    """What a whole build reads, without understanding any of it."""
    return {
        "code": code_digest(),
        "data": files_digest(data, NOT_READ),
        "templates": files_digest(templates),
        "base_url": base_url,
    }
