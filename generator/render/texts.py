"""Texts as HTML in UTF-8."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from markupsafe import Markup, escape

from generator.render.links import internal_links

MOST_TEXTS = 4096
LONGEST_KEPT = 80
"""Letters of the longest text that is worth remembering: sentences rarely come again."""


class EscapedTexts(dict[object, bytes]):
    """What page models hold, escaped: texts by text, each worked out once, and what is printed of other values.

    before, after : markup that stands on both sides of each.
    """

    def __init__(self, before: bytes = b"", after: bytes = b"") -> None:
        super().__init__()
        self._before, self._after = before, after

    def __missing__(self, value: object) -> bytes:
        found = self._before + fresh(value) + self._after
        if type(value) is str and len(value) <= LONGEST_KEPT:
            if len(self) >= MOST_TEXTS:
                self.clear()
            self[value] = found
        return found


def fresh(value: object) -> bytes:
    """What is printed of a value and isn't worth remembering.

    Most texts have nothing to escape, and looking takes a fourth of escaping or less.
    """
    if type(value) is not str:
        return plain(value)
    if "&" in value or "<" in value or ">" in value or '"' in value or "'" in value:
        value = escape(value)
    return value.encode()


def in_html(text: str) -> str:
    """A text, escaped."""
    return fresh(text).decode()


def marked(value: object, lead: Callable[[Iterable[str]], None]) -> bytes:
    """What isn't text, or is markup already; ``lead`` is told where markup leads to."""
    found = plain(value)
    if isinstance(value, Markup):
        lead(internal_links(found))
    return found


def plain(value: object) -> bytes:
    """What isn't text, or is markup already."""
    return (value if isinstance(value, Markup) else escape(value)).encode()
