"""Terms and what they mean for memory."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.catalog.fields import Frozen, Line, Prose, Slug

SitePath = Annotated[str, Field(pattern=r"^/(?:[a-z0-9._-]+/)*(?:#[a-z0-9-]+)?$")]


class Term(Frozen):
    """One entry.

    text : Markdown, two to four sentences; links to other terms are `#slug`
    see : pages that show it
    """

    slug: Slug
    term: Line
    text: Prose
    see: tuple[SitePath, ...] = ()


class GlossaryFile(Frozen):
    """Content of `data/glossary.yaml`."""

    terms: Annotated[tuple[Term, ...], Field(min_length=1)]
