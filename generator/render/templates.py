"""Templates as Jinja reads them: compiled to programs, or rendered by Jinja itself where they ask for more."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from markupsafe import Markup

from generator.render.compiled import Printed, Tools
from generator.render.expressions import LEADS_NOWHERE, Beyond
from generator.render.flat import flat_template
from generator.render.links import internal_links
from generator.render.program import Program

PARAMETERS = ("page", "body", "structured")
"""What a template may ask for beside the environment's functions."""

FAULTS = (TemplateError, AttributeError, LookupError, TypeError, ValueError)
"""What a template raises that is wrong, or that isn't there."""


class Templates:
    """The templates of a folder.

    folder : as messages name it. sources : what is in it, by file. tools : filters and functions that templates call.
    environment : Jinja's.
    """

    def __init__(self, folder: Path, sources: Mapping[str, bytes], tools: Tools) -> None:
        self._folder, self._sources = folder, sources
        self.environment = Environment(
            loader=FunctionLoader(self._source),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.environment.filters.update(_for_jinja(tools["filters"]))
        self.environment.globals.update(_for_jinja(tools["globals"]))
        self._programs: dict[str, Program | None] = {}

    def program(self, kind: str) -> Program | None:
        """The program of a kind of page, None where Jinja has to render it."""
        if kind not in self._programs:
            found = None
            with suppress(Beyond):
                found = Program(self.environment, flat_template(self.environment, _file(kind)), PARAMETERS)
            self._programs[kind] = found
        return self._programs[kind]

    def by_jinja(self, kind: str) -> Callable[..., Printed]:
        """What renders a kind of page by Jinja."""
        template = self.environment.get_template(_file(kind))

        def found(*values: object) -> Printed:
            body = template.render(dict(zip(PARAMETERS, values, strict=True))).encode()
            return (body,), internal_links(body)

        return found

    def fault(self, kind: str, values: tuple[object, ...], error: Exception) -> str:
        """What is wrong with a template, with file and line where Jinja, asked for the same page, finds them."""
        if isinstance(error, TemplateNotFound):
            return f"template {error.name} is missing in {self._folder}"
        try:
            self.by_jinja(kind)(*values)
        except TemplateSyntaxError as found:
            return f"{found.filename}:{found.lineno}: {found.message}"
        except Exception as found:
            frames = traceback.extract_tb(found.__traceback__)
            places = [each for each in frames if Path(each.filename).parent == self._folder]
            if places:
                return f"{places[-1].filename}:{places[-1].lineno}: {found}"
        return f"template {_file(kind)}: {error}"

    def _source(self, name: str) -> tuple[str, str, None] | None:
        """A template with its file, as Jinja asks for it."""
        return (self._sources[name].decode(), str(self._folder / name), None) if name in self._sources else None


def _for_jinja(tools: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with what gives markup as text marked as such, since Jinja would escape it."""
    return {name: _marked(tool) if name in LEADS_NOWHERE else tool for name, tool in tools.items()}


def _marked(tool: Callable[..., str]) -> Callable[..., Markup]:
    return lambda *values: Markup(tool(*values))


def _file(kind: str) -> str:
    return f"{kind}.html"
