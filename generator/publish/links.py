"""Every internal link leads to a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from generator.publish.writer import file_name

_LINK = re.compile(rb'(?:href|action)="(/[^"#?]*)')


MOST_LINES = 20


class BrokenLinks(Exception):
    """Links to pages that don't exist."""

    def __init__(self, broken: Mapping[str, str]) -> None:
        super().__init__(broken)
        self.broken = dict(broken)

    def __str__(self) -> str:
        lines = [f"{page}: links to {target}, which no page is at" for target, page in sorted(self.broken.items())]
        more = len(lines) - MOST_LINES
        return "\n".join([*lines[:MOST_LINES], *([f"and {more} more"] if more > 0 else [])])


def internal_links(body: bytes) -> set[str]:
    """Absolute paths that a page links to, fragments and queries left out."""
    return {match.decode() for match in _LINK.findall(body)}


def check_links(links: Mapping[str, str], files: Iterable[str]) -> None:
    """Raise BrokenLinks if a target isn't among ``files``.

    links : target path -> a page that links to it.
    """
    existing = set(files)
    broken = {target: page for target, page in links.items() if file_name(target) not in existing}
    if broken:
        raise BrokenLinks(broken)
