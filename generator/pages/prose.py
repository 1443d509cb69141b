"""Figures that Markdown bodies call for, evaluated in a sandbox that offers nothing else."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from generator.pages.figures import Figures
from generator.scenarios import Atlas, Subject


class ProseError(Exception):
    """A body that can't be evaluated; names the file and what is wrong."""


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
        try:
            return _template(body).render(Figures(self._atlas, subject).functions())
        except (TemplateError, LookupError, ValueError, TypeError) as error:
            raise ProseError(f"{file}: {error}") from error


@lru_cache(maxsize=1)
def prose_of(atlas: Atlas) -> Prose:
    """The one evaluator of an atlas."""
    return Prose(atlas)
