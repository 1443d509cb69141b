"""The addresses of pages that builds removed, kept in the output folder so that hosts can lead them on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from generator.publish.output.stage import url_path
from generator.publish.output.whole import write_whole

WORK = ".build"
"""Folder of the build's own files inside the output folder; only its owner can read it."""

REMOVED = "removed"
PAGE = "/index.html"


def read_removed(site: Path) -> tuple[str, ...]:
    """Paths of pages that were removed, those that are back by now included; none where nothing was."""
    file = site / WORK / REMOVED
    return removed_in(file.read_bytes()) if file.exists() else ()


def removed_in(body: bytes) -> tuple[str, ...]:
    """The paths that the file holds."""
    return tuple(body.decode().split("\n")[:-1])


def note_removed(site: Path, names: Iterable[str]) -> bool:
    """Add the pages among removed files, whole or not at all; whether there were new ones."""
    pages = {url_path(name) for name in names if name.endswith(PAGE)}
    before = read_removed(site)
    if pages <= set(before):
        return False
    write_whole(site / WORK / REMOVED, "".join(f"{path}\n" for path in sorted({*before, *pages})).encode())
    return True
