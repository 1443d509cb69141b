"""Figures that Markdown bodies call for."""

from __future__ import annotations

from functools import lru_cache
from traceback import extract_tb

from generator.catalog import UnknownName
from generator.catalog.problems import Problem
from generator.catalog.prose import FigureCall, figure_calls, filled
from generator.memory.errors import MemoryModelError
from generator.pages.figures import Figures
from generator.scenarios import Atlas, NotOffered, Subject


class ProseError(Exception):
    """A body that can't be evaluated; names the file, the call and what is wrong."""


class Prose:
    """Evaluates bodies against the atlas; a figure's ``model`` defaults to the body's own."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas

    def text(self, body: str, subject: Subject | None, file: str) -> str:
        """``body`` with its figures filled in, still Markdown.

        Raises
        ------
        ProseError : the body calls for what doesn't exist.
        """
        figures = Figures(self._atlas, subject)
        return filled(body, [_told(figures, call, file) for call in figure_calls(file, body, 1)])


def _told(figures: Figures, call: FigureCall | Problem, file: str) -> str:
    """The figure that a call asks for."""
    if isinstance(call, Problem):
        raise ProseError(f"{file}: {call.message}")
    try:
        return figures.of(call)
    except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError) as error:
        raise ProseError(f"{file}: {{{{ {call.text} }}}}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """What is wrong with the call or, where it isn't the call's fault, where in the program it went wrong."""
    if isinstance(error, (UnknownName, NotOffered, MemoryModelError)) or type(error) is ValueError:
        return str(error)
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {place.name}, line {place.lineno} of {place.filename}: {error}"


@lru_cache(maxsize=1)
def prose_of(atlas: Atlas) -> Prose:
    """The one evaluator of an atlas."""
    return Prose(atlas)
