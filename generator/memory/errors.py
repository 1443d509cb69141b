"""Errors of the estimation core. Each names the field, its value and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MemoryModelError(ValueError):
    """A request or config that the core refuses.

    Attributes
    ----------
    field : the config field or request parameter at fault, e.g. ``"num_attention_heads"``.
    value : the offending value.
    allowed : what would have been accepted, in words.
    """

    def __init__(self, field: str, value: object, allowed: str) -> None:
        super().__init__(field, value, allowed)
        self.field = field
        self.value = value
        self.allowed = allowed

    def __str__(self) -> str:
        return f"{self.field} = {self.value!r}: {self.allowed}"


class ConfigError(MemoryModelError):
    """A model config with a missing, unknown or impossible value."""


class UnsupportedError(MemoryModelError):
    """A combination that the engine itself refuses or that it has no form of."""


def unknown(field: str, value: object, known: Iterable[str]) -> MemoryModelError:
    """The error for a name that isn't among the known ones, with the nearest of them."""
    names = sorted(known)
    near = get_close_matches(str(value), names, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return MemoryModelError(field, value, f"not known{hint}; known: {', '.join(names)}")
