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


class InternalPaths(dict[str, str]):
    """Absolute paths by address, fragments and queries left out; empty for what leads elsewhere."""

    def __missing__(self, address: str) -> str:
        found = _PATH.match(address)
        if len(self) >= MOST_ADDRESSES:
            self.clear()
        return self.setdefault(address, found[0] if found else "")
