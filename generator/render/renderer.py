"""Page models to HTML; templates only lay out what page models hold."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from markupsafe import Markup

from generator.pages.page import Link, Page
from generator.render.curves import curve_chart
from generator.render.expressions import Beyond
from generator.render.flat import flat_template
from generator.render.fragments import Fragments
from generator.render.links import InternalPaths, internal_links
from generator.render.markdown import to_html
from generator.render.program import Printed, Program, function_of
from generator.render.ruler import bar_chart
from generator.render.structured import in_script, structured_data
from generator.render.texts import EscapedTexts

NAVIGATION = (
    Link("Models", "/models/"),
    Link("GPUs", "/gpus/"),
    Link("Quantizations", "/quantization/"),
    Link("Compare", "/compare/"),
    Link("Calculator", "/calculator/"),
    Link("Methodology", "/methodology/"),
    Link("Accuracy", "/accuracy/"),
)


PARAMETERS = ("page", "body", "structured")
"""What a template may ask for beside the environment's functions."""


class Packed(Protocol):
    """Compiled templates by kind of page, as another renderer of the same templates packed them."""

    def get(self, kind: str, /) -> bytes | None:
        """One of them, None where there is none."""

    def __setitem__(self, kind: str, packed: bytes, /) -> None:
        """Keep one."""


class RenderError(Exception):
    """A template that is missing or fails; names the page."""


class Renderer:
    """Renders page models with the templates of one folder, as they are when it is made.

    base_url : where the site will be, without a slash at its end.
    environment : Jinja's, with the filters and functions that templates call.
    version : digest of all templates. packed : what is kept of templates; what isn't there is made.
    """

    def __init__(self, templates: Path, base_url: str) -> None:
        self._templates = templates
        self.base_url = base_url
        self._sources = {path.name: path.read_bytes() for path in sorted(templates.glob("[!.]*.*")) if path.is_file()}
        self.version = blake2b(repr(self._sources).encode(), digest_size=16).hexdigest()
        self.environment = Environment(
            loader=FunctionLoader(self._source),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.packed: Packed = dict[str, bytes]()
        self._programs: dict[str, Program | None] = {}
        self._printers: dict[str, Callable[..., Printed]] = {}
        self._escaped = EscapedTexts()
        self._paths = InternalPaths()
        markdown = lru_cache(maxsize=256)(to_html)
        self.environment.filters["markdown"] = markdown
        self.environment.filters["sentences"] = " ".join
        self.environment.filters["tojson"] = in_script
        self.environment.globals |= {
            "bar_chart": bar_chart,
            "curve_chart": curve_chart,
            "navigation": NAVIGATION,
            "once": Fragments().once,
            "base_url": base_url,
            "style": self._stylesheet(),
        }

    def render(self, page: Page) -> bytes:
        """The page as HTML, UTF-8. Raises RenderError."""
        return self.rendered(page)[0]

    def rendered(self, page: Page) -> tuple[bytes, set[str]]:
        """The page as HTML, UTF-8, and the absolute paths that it links to, fragments and queries left out.

        Raises
        ------
        RenderError : the template is missing or fails on this page.
        """
        try:
            printed = self._printers.get(page.kind) or self._printer(page.kind)
            body, addresses = printed(page, page.body, structured_data(page, self.base_url))
            paths = set(map(self._paths.__getitem__, addresses))
            paths.discard("")
            return body, paths
        except TemplateNotFound as error:
            raise RenderError(f"{page.path}: template {error.name} is missing in {self._templates}") from error
        except (TemplateError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise RenderError(f"{page.path}: {self._fault(page, error)}") from error

    def _fault(self, page: Page, error: Exception) -> str:
        """What is wrong with a page's template, with file and line where Jinja, asked for the same page, finds them."""
        values = (page, page.body, structured_data(page, self.base_url))
        try:
            template = self.environment.get_template(_file(page.kind))
            template.render(dict(zip(PARAMETERS, values, strict=True)))
        except TemplateSyntaxError as found:
            return f"{found.filename}:{found.lineno}: {found.message}"
        except Exception as found:
            frames = traceback.extract_tb(found.__traceback__)
            places = [each for each in frames if Path(each.filename).parent == self._templates]
            if places:
                return f"{places[-1].filename}:{places[-1].lineno}: {found}"
        return f"template {_file(page.kind)}: {error}"

    def code(self, kind: str) -> str:
        """The program that a page kind's template becomes, or all templates: what its look depends on."""
        program = self._program(kind)
        if program:
            return program.source
        return repr(self._sources)

    def prepare(self) -> None:
        """Make the programs of all templates beforehand; what is wrong with one is told once a page needs it."""
        for name in self._sources:
            if name.endswith(".html"):
                with suppress(Exception):
                    self._printer(name.removesuffix(".html"))

    def _printer(self, kind: str) -> Callable[..., Printed]:
        """The function that renders pages of a kind."""
        packed = self.packed.get(kind)
        if packed is None and (program := self._program(kind)):
            packed = self.packed[kind] = program.packed()
        if packed is not None:
            found = function_of(packed, self.environment, self._escaped)
        else:
            template = self.environment.get_template(_file(kind))

            def found(*values: object) -> Printed:
                body = template.render(dict(zip(PARAMETERS, values, strict=True))).encode()
                return body, internal_links(body)

        self._printers[kind] = found
        return found

    def _program(self, kind: str) -> Program | None:
        """The program of a template, None where Jinja has to render it."""
        if kind not in self._programs:
            found = None
            with suppress(Beyond):
                found = Program(self.environment, flat_template(self.environment, _file(kind)), PARAMETERS)
            self._programs[kind] = found
        return self._programs[kind]

    def _source(self, name: str) -> tuple[str, str, None] | None:
        """A template with its file, as Jinja asks for it."""
        return (self._text(name), str(self._templates / name), None) if name in self._sources else None

    def _text(self, name: str) -> str:
        return self._sources[name].decode()

    def _stylesheet(self) -> Markup:
        """The stylesheet, which every page carries: one request less, and small."""
        if "style.css" not in self._sources:
            raise RenderError(f"template style.css is missing in {self._templates}")
        lines = (line.strip() for line in self._text("style.css").splitlines())
        return Markup("".join(line for line in lines if line and not line.startswith("/*")))


def _file(kind: str) -> str:
    return f"{kind}.html"
