"""Where pages lead to: read off their HTML, or noticed while it is made."""

from __future__ import annotations

import re

_LINK = re.compile(rb' (?:href|action)="(/(?!/)[^"#?]*)')
_BEGUN = re.compile(rb' (?:href|action)="([^"]*)\Z')
_PATH = re.compile("/(?!/)[^#?]*")

MOST_ADDRESSES = 10_000


def internal_links(body: bytes) -> set[str]:
    """Absolute paths that a page links to, fragments and queries left out."""
    return {path.decode() for path in set(_LINK.findall(body))}


def begun(text: bytes) -> bytes | None:
    """What a text says of a path of the site, or of an address yet unknown, before it breaks off; None elsewhere."""
    found = _BEGUN.search(text)
    return found[1] if found and (not found[1] or found[1].startswith(b"/")) else None


class InternalPaths:
    """Which of the addresses that pages lead to are paths of the site, and of which."""

    def __init__(self) -> None:
        self._plain: set[str] = set()
        self._paths: dict[str, str] = {}

    def of(self, addresses: set[str]) -> set[str]:
        """Absolute paths, fragments and queries left out, without addresses that lead elsewhere."""
        found = addresses & self._plain
        if len(found) < len(addresses):
            found.update(map(self._path, addresses - found))
            found.discard("")
        return found

    def _path(self, address: str) -> str:
        """The path of an address, empty for what leads elsewhere."""
        path = self._paths.get(address)
        if path is None:
            if len(self._paths) + len(self._plain) >= MOST_ADDRESSES:
                self._paths.clear()
                self._plain.clear()
            match = _PATH.match(address)
            path = match[0] if match else ""
            if path == address:
                self._plain.add(path)
            else:
                self._paths[address] = path
        return path
