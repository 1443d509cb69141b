"""Page models to HTML; templates only lay out what page models hold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from markupsafe import Markup

from generator.pages.page import Link, Page
from generator.render.compiled import Printed, Tools, function_of
from generator.render.curves import curve_chart
from generator.render.fragments import Fragments
from generator.render.ruler import bar_chart
from generator.render.structured import in_script, structured_data
from generator.render.texts import EscapedTexts

if TYPE_CHECKING:
    from generator.render.templates import Templates

NAVIGATION = (
    Link("Models", "/models/"),
    Link("GPUs", "/gpus/"),
    Link("Quantizations", "/quantization/"),
    Link("Compare", "/compare/"),
    Link("Calculator", "/calculator/"),
    Link("Methodology", "/methodology/"),
    Link("Accuracy", "/accuracy/"),
)


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
    version : digest of all templates. packed : what is kept of templates; what isn't there is made.
    """

    def __init__(self, templates: Path, base_url: str) -> None:
        self._folder = templates
        self.base_url = base_url
        self._sources = {path.name: path.read_bytes() for path in sorted(templates.glob("[!.]*.*")) if path.is_file()}
        self.version = blake2b(repr(self._sources).encode(), digest_size=16).hexdigest()
        self.packed: Packed = dict[str, bytes]()
        self._printers: dict[str, Callable[..., Printed]] = {}
        self._escaped = EscapedTexts()
        self._tools: Tools = {
            "filters": {
                "length": len,
                "markdown": lru_cache(maxsize=256)(_to_html),
                "sentences": " ".join,
                "tojson": in_script,
            },
            "globals": {
                "bar_chart": bar_chart,
                "curve_chart": curve_chart,
                "navigation": NAVIGATION,
                "once": Fragments().once,
                "base_url": base_url,
                "style": self._stylesheet(),
            },
        }

    @cached_property
    def templates(self) -> Templates:
        """The templates as Jinja reads them; asked for where a program isn't kept, and where one fails."""
        from generator.render.templates import Templates  # with it comes Jinja

        return Templates(self._folder, self._sources, self._tools)

    def render(self, page: Page) -> bytes:
        """The page as HTML, UTF-8. Raises RenderError."""
        return b"".join(self.rendered(page)[0])

    def rendered(self, page: Page) -> tuple[tuple[bytes, ...], set[str]]:
        """The parts of the page as HTML, UTF-8, and the addresses that it links to.

        Raises
        ------
        RenderError : the template is missing or fails on this page.
        """
        values = page, page.body, structured_data(page, self.base_url)
        try:
            printed = self._printers.get(page.kind) or self._printer(page.kind)
            return printed(*values)
        except Exception as error:
            from generator.render.templates import FAULTS

            if isinstance(error, FAULTS):
                raise RenderError(f"{page.path}: {self.templates.fault(page.kind, values, error)}") from error
            raise

    def code(self, kind: str) -> str:
        """The program that a page kind's template becomes, or all templates: what its look depends on."""
        program = self.templates.program(kind)
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
        if packed is None and (program := self.templates.program(kind)):
            packed = self.packed[kind] = program.packed()
        found = self.templates.by_jinja(kind) if packed is None else function_of(packed, self._tools, self._escaped)
        self._printers[kind] = found
        return found

    def _stylesheet(self) -> Markup:
        """The stylesheet, which every page carries: one request less, and small."""
        if "style.css" not in self._sources:
            raise RenderError(f"template style.css is missing in {self._folder}")
        lines = (line.strip() for line in self._sources["style.css"].decode().splitlines())
        return Markup("".join(line for line in lines if line and not line.startswith("/*")))


def _to_html(text: str) -> Markup:
    """Markdown as HTML."""
    from generator.render.markdown import to_html  # few builds make prose

    return to_html(text)
