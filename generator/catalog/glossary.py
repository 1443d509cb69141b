"""Terms and what they mean for memory."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator import urls
from generator.catalog.fields import Frozen, Line, Prose, Slug

SitePath = Annotated[str, Field(pattern=r"^/(?:[a-z0-9._-]+/)*(?:#[a-z0-9-]+)?$")]


FIXED_PAGES = {
    urls.MODELS_PATH: "All models",
    "/models/smallest/": "Models by the memory they need",
    urls.FORMATS_PATH: "All quantizations",
    "/methodology/#weights": "How weights are counted",
    "/methodology/#caches": "How caches are counted",
    "/methodology/#compute": "How the compute buffer is found",
    "/methodology/#runtime": "What driver and libraries take",
    "/methodology/#devices": "Devices and units",
    "/methodology/#speed": "How speed is estimated",
}
"""Pages about no entry of the data that terms can lead to, with what links to them say."""


class Term(Frozen):
    """One entry.

    text : Markdown, two to four sentences; links to other terms are `#slug`
    see : pages that show it: of a model, a quantization, a comparison, or one that every site has
    """

    slug: Slug
    term: Line
    text: Prose
    see: tuple[SitePath, ...] = ()


class GlossaryFile(Frozen):
    """Content of `data/glossary.yaml`."""

    terms: Annotated[tuple[Term, ...], Field(min_length=1)]
