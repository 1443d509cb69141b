"""Parts of pages that many pages share, rendered once."""

from __future__ import annotations

from collections.abc import Hashable

from jinja2.runtime import Macro

MOST_KEPT = 4096


class Fragments:
    """Remembers what a macro made of a value for as long as the value is the same object.

    Page models are frozen, so the same object always looks the same.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[Hashable, ...], tuple[object, str]] = {}

    def once(self, macro: Macro, value: object, *details: Hashable) -> str:
        """``macro(value, *details)``, from memory where it was made before."""
        key = (macro.name, id(value), *details)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = (value, macro(value, *details))
        return found[1]
