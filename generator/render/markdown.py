"""Markdown to HTML without raw HTML."""

from __future__ import annotations

import re
from functools import cache
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markupsafe import Markup, escape

_ADDRESS = re.compile(r"(?:/(?!/)|#|https?://)")
"""What a link may lead to: a path of the site, a place on the page, or a web address."""


class _Links(Treeprocessor):
    """Takes the address off links that lead anywhere else (``javascript:``, ``data:``)."""

    def run(self, root: Element) -> None:
        for anchor in root.iter("a"):
            if not _ADDRESS.match(anchor.get("href", "")):
                anchor.attrib.pop("href", None)


class _SafeLinks(Extension):
    def extendMarkdown(self, md: Markdown) -> None:
        md.treeprocessors.register(_Links(md), "safe_links", 0)


@cache
def _converter() -> Markdown:
    """Made once, as that takes as long as a paragraph or two."""
    return Markdown(output_format="html", extensions=[_SafeLinks()])


def to_html(text: str) -> Markup:
    """Paragraphs, lists and links of ``text``; markup in it is shown, not obeyed."""
    return Markup(_converter().reset().convert(str(escape(text))))
