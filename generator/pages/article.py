"""The page model of texts with tables: an answer, then sections."""

from __future__ import annotations

from msgspec import Struct

from generator.pages.page import Card, Link, Table


class Section(Struct, frozen=True):
    """A part of a text under its own heading.

    id : what addresses it within the page. text : Markdown.
    folded : the tables fold away under their captions, as most readers don't need them.
    """

    id: str
    heading: str
    text: str = ""
    tables: tuple[Table, ...] = ()
    links: tuple[Link, ...] = ()
    folded: bool = False


class ArticleBody(Struct, frozen=True):
    """The answer first, figures side by side, then the sections."""

    answer: tuple[str, ...]
    sections: tuple[Section, ...]
    cards: tuple[Card, ...] = ()
    sources: tuple[str, ...] = ()
