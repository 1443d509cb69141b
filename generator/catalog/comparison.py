"""What has a page side by side."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.catalog.fields import Frozen, Slug

Side = Annotated[tuple[Slug, ...], Field(min_length=2, max_length=4)]
Pair = Annotated[tuple[Slug, ...], Field(min_length=2, max_length=2)]


class Comparisons(Frozen):
    """Content of `data/compare.yaml`.

    models : two to four model slugs each, in the order in which they are shown
    quantizations : two quantization slugs each
    """

    models: tuple[Side, ...] = ()
    quantizations: tuple[Pair, ...] = ()
