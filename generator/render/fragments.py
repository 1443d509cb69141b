"""Parts of pages that many pages share, rendered once."""

from __future__ import annotations

from jinja2.runtime import Macro
from markupsafe import Markup

MOST_KEPT = 256


class Fragments:
    """Remembers what a macro made of a value for as long as the value is the same object.

    Page models are frozen, so the same object always looks the same.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], tuple[object, Markup]] = {}

    def once(self, macro: Macro, value: object) -> Markup:
        """``macro(value)``, from memory where it was made before."""
        key = (macro.name, id(value))
        if key not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (value, macro(value))
        return self._kept[key][1]
