"""Parts of pages that many pages share, made once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOST_KEPT = 4096

Kept = dict[tuple[object, ...], tuple[Any, object, object]]


class Fragments:
    """Remembers what was made of values for as long as they are the same objects.

    Page models are frozen, so the same object always looks the same. What isn't asked for while as many others
    come is forgotten.
    """

    def __init__(self) -> None:
        self._kept: Kept = {}
        self._before: Kept = {}

    def once(self, make: Callable[..., Any], value: object, detail: object = None) -> Any:
        """``make(value)``, or ``make(value, detail)``, from memory where it was made before."""
        key = (make, id(value), id(detail))
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._before, self._kept = self._kept, {}
            found = self._before.get(key) or (make(value) if detail is None else make(value, detail), value, detail)
            self._kept[key] = found
        return found[0]
