"""What is wrong with the data, told so that it can be put right."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

_LONGEST_VALUE = 80


class _Absent:
    """The type of `ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __reduce__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
"""Stands for a value that is not in the file at all (null is a value)."""


class Problem(Struct, frozen=True):
    """One fault in one data file.

    file : path as shown to the reader, e.g. `data/models/foo.md`
    line : 1-based line of the value, or None where the file has no such line
    field : dotted path of the field, e.g. `config.hidden_size`; empty for the file as a whole
    value : what the file says, or `ABSENT`
    message : what is expected instead
    """

    file: str
    line: int | None
    field: str
    value: Any
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        if not self.field:
            return f"{place}: {self.message}"
        if self.value is ABSENT:
            return f"{place}: {self.field}: {self.message}"
        return f"{place}: {self.field} = {_shown(self.value)}: {self.message}"


class CatalogError(Exception):
    """The data can't be used; carries every problem found in one run, ordered by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        ordered = sorted(problems, key=lambda p: (p.file, p.line or 0, p.field, p.message))
        self.problems: tuple[Problem, ...] = tuple(ordered)
        super().__init__(self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        heading = f"{count} problem{'' if count == 1 else 's'} in the data:"
        return "\n".join([heading, *(f"  {problem}" for problem in self.problems)])


def did_you_mean(value: object, known: Sequence[str]) -> str:
    """Return "; did you mean 'x'?" for the nearest known name, or an empty string."""
    near = difflib.get_close_matches(str(value), known, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
