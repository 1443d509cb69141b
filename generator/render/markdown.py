"""Markdown to HTML without raw HTML."""

from __future__ import annotations

from markdown import Markdown
from markupsafe import Markup, escape


def to_html(text: str) -> Markup:
    """Paragraphs, lists and links of ``text``; markup in it is shown, not obeyed."""
    converter = Markdown(output_format="html")
    return Markup(converter.convert(str(escape(text))))
