"""Where pages lead to: read off their HTML, or noticed while it is made."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LINK = re.compile(rb' (?:href|action)="(/(?!/)[^"#?]*)')
_BEGUN = re.compile(rb' (?:href|action)="([^"]*)\Z')
_PATH = re.compile("/(?!/)[^#?]*")


def internal_links(body: bytes) -> set[str]:
    """Absolute paths that a page links to, fragments and queries left out."""
    return {path.decode() for path in set(_LINK.findall(body))}


def begun(text: bytes) -> bytes | None:
    """What a text says of a path of the site, or of an address yet unknown, before it breaks off; None elsewhere."""
    found = _BEGUN.search(text)
    return found[1] if found and (not found[1] or found[1].startswith(b"/")) else None


def _path_of(address: str) -> str:
    """The absolute path that an address leads to, without fragment and query; empty for what leads elsewhere."""
    found = _PATH.match(address)
    return found[0] if found else ""


def paths_of(addresses: Iterable[str]) -> set[str]:
    """The absolute paths that addresses lead to."""
    return {*map(_path_of, addresses)} - {""}


class LinkedPaths:
    """Absolute paths that some pages lead to, each page to others than itself.

    Pages of a model lead to much the same, so that each address is looked at once.
    """

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self._known: set[str] = set()

    def add(self, addresses: set[str], own: str) -> None:
        """Take in where the page at the path ``own`` leads to."""
        for address in addresses - self._known:
            path = _path_of(address)
            if path != own:
                self._known.add(address)
                if path:
                    self.paths.add(path)
