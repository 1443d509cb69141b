"""The Jinja environment; templates only lay out what page models hold."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateNotFound, nodes
from markupsafe import Markup

from generator.pages.page import Link, Page
from generator.render.curves import curve_chart
from generator.render.direct import DirectEnvironment, counted
from generator.render.flat import flat_template
from generator.render.fragments import Fragments
from generator.render.markdown import to_html
from generator.render.ruler import bar_chart
from generator.render.structured import structured_data

NAVIGATION = (
    Link("Models", "/models/"),
    Link("GPUs", "/gpus/"),
    Link("Quantizations", "/quantization/"),
    Link("Compare", "/compare/"),
    Link("Calculator", "/calculator/"),
    Link("Methodology", "/methodology/"),
    Link("Accuracy", "/accuracy/"),
)


class RenderError(Exception):
    """A template that is missing or fails; names the page."""


class Renderer:
    """Renders page models with the templates of one folder.

    base_url : where the site will be, without a slash at its end.
    environment : Jinja's, with the filters and functions that templates call.
    """

    def __init__(self, templates: Path, base_url: str) -> None:
        self._templates = templates
        self._base_url = base_url
        self._style = _stylesheet(templates)
        self.environment = DirectEnvironment(
            loader=FileSystemLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._compiled: dict[str, Template] = {}
        markdown = lru_cache(maxsize=256)(to_html)
        self.environment.filters["markdown"] = markdown
        self.environment.filters["sentences"] = lambda sentences: " ".join(sentences)
        self.environment.globals |= {
            "bar_chart": bar_chart,
            "curve_chart": curve_chart,
            "navigation": NAVIGATION,
            "once": Fragments().once,
            "base_url": base_url,
        }

    def render(self, page: Page) -> bytes:
        """The page as HTML, UTF-8.

        Raises
        ------
        RenderError : the template is missing or fails on this page.
        """
        try:
            template = self._compiled.get(page.kind) or self._compile(page.kind)
            return template.render(self.values(page)).encode()
        except TemplateNotFound as error:
            raise RenderError(f"{page.path}: template {error.name} is missing in {self._templates}") from error
        except (TemplateError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise RenderError(f"{page.path}: template {page.kind}.html: {error}") from error

    def values(self, page: Page) -> dict[str, object]:
        """What a template may ask for beside the environment's functions."""
        structured = structured_data(page, self._base_url)
        return {"page": page, "body": page.body, "style": self._style, "structured": structured}

    def code(self, kind: str) -> str:
        """The program that a page kind's template becomes, with the stylesheet: what its look depends on."""
        name = f"{kind}.html"
        return f"{self.environment.compile(self._tree(name), name, raw=True)}{self._style}"

    def _compile(self, kind: str) -> Template:
        environment, name = self.environment, f"{kind}.html"
        code = environment.compile(self._tree(name), name)
        template = Template.from_code(environment, code, environment.make_globals(None))
        self._compiled[kind] = template
        return template

    def _tree(self, name: str) -> nodes.Template:
        return counted(flat_template(self.environment, name), self.environment)


def _stylesheet(templates: Path) -> Markup:
    """The stylesheet, which every page carries: one request less, and small."""
    try:
        text = (templates / "style.css").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RenderError(f"template style.css is missing in {templates}") from error
    lines = (line.strip() for line in text.splitlines())
    return Markup("".join(line for line in lines if line and not line.startswith("/*")))
