"""Compiled templates kept between builds, so that no process reads the templates to render a page."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from generator.publish.due.digests import code_digest, hashed
from generator.publish.output.whole import drop_others, write_whole
from generator.render import Renderer


class Programs:
    """Those of a renderer in a folder, a file for each kind of page.

    Files are named after all that they are made of, so that a stale one is never asked for.
    """

    def __init__(self, folder: Path, renderer: Renderer) -> None:
        self._folder = folder
        self._key = hashed(text.encode() for text in (code_digest(), renderer.version, renderer.base_url))

    def get(self, kind: str) -> bytes | None:
        """The template of a kind of page, None where it isn't kept."""
        with suppress(OSError):
            return self._file(kind).read_bytes()
        return None

    def __setitem__(self, kind: str, packed: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._file(kind), packed, uuid4().hex)

    def drop_others(self) -> None:
        """Delete those of other renderers."""
        drop_others(self._folder, lambda name: name.startswith(self._key))

    def _file(self, kind: str) -> Path:
        return self._folder / f"{self._key}.{kind}"
