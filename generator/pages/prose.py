"""Figures that Markdown bodies call for, evaluated in a sandbox that offers nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from traceback import extract_tb

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from generator.catalog import UnknownName
from generator.memory.errors import MemoryModelError
from generator.pages.figures import Figures
from generator.scenarios import Atlas, NotOffered, Subject


class ProseError(Exception):
    """A body that can't be evaluated; names the file and what is wrong."""


class FigureError(ProseError):
    """A call that gives no figure; names the call and the reason."""


_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


@lru_cache(maxsize=256)
def _template(body: str) -> Template:
    """A body ready to be filled in, kept as general answers are filled in for every model."""
    return _ENVIRONMENT.from_string(body)


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
        figures = Figures(self._atlas, subject).functions()
        try:
            return _template(body).render({name: _telling(name, figure) for name, figure in figures.items()})
        except (TemplateError, FigureError) as error:
            raise ProseError(f"{file}: {error}") from error


def _telling(name: str, figure: Callable[..., str]) -> Callable[..., str]:
    """The figure, which where it fails says for which call."""

    def call(*arguments: str, **options: str) -> str:
        try:
            return figure(*arguments, **options)
        except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError) as error:
            given = [json.dumps(value) for value in arguments]
            given += [f"{key}={json.dumps(value)}" for key, value in options.items()]
            raise FigureError(f"{{{{ {name}({', '.join(given)}) }}}}: {_reason(error)}") from error

    return call


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
