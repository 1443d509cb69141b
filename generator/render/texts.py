"""Texts as HTML in UTF-8."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from markupsafe import Markup, escape

from generator.render.links import internal_links

MOST_TEXTS = 10_000
LONGEST_KEPT = 80
"""Letters of the longest text that is worth remembering: sentences rarely come again."""

_SPECIAL = re.compile("[&<>\"']")
"""What is escaped; most texts have none of it, and looking takes a fourth of escaping."""


class EscapedTexts(dict[str, bytes]):
    """Escaped texts by text, each worked out once."""

    def __missing__(self, text: str) -> bytes:
        found = (escape(text) if _SPECIAL.search(text) else text).encode()
        if len(text) <= LONGEST_KEPT:
            if len(self) >= MOST_TEXTS:
                self.clear()
            self[text] = found
        return found


def marked(value: object, lead: Callable[[Iterable[str]], None]) -> bytes:
    """What isn't text, or is markup already; ``lead`` is told where markup leads to."""
    found = plain(value)
    if isinstance(value, Markup):
        lead(internal_links(found))
    return found


def plain(value: object) -> bytes:
    """What isn't text, or is markup already."""
    return (value if isinstance(value, Markup) else escape(value)).encode()
