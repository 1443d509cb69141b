"""The site as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated

from pydantic import Field

from generator.catalog.efficiency import SystemMemory
from generator.catalog.fields import CONTEXT_PATTERN, Frozen, Line, PositiveInt, Slug, Url, context_tokens

ContextSlug = Annotated[str, Field(pattern=CONTEXT_PATTERN)]


class License(Frozen):
    """Terms under which something may be used: what they are called and where they stand."""

    name: Line
    url: Url


class Site(Frozen):
    """Content of `data/site.yaml`.

    contexts : the ladder of context sizes that have pages, as URL segments
    memory_classes_gb : marketed memory sizes that have a page of what runs in them
    common_devices : slugs of the devices that people ask about most, which pages try first
    more_devices : further devices and groups that have a page for every model
    common_models, common_quantizations : slugs of those that people ask about most, which pages show first
    most_listed : models that a page about all of them shows; of more, those of common_models and the newest
    example_models : models on which pages show what a quantization does, the one of lists first
    data_license : of the figures that can be downloaded
    system_memory : what pages assume of a computer's own memory; without it, no speed of split models is given
    """

    name: Line
    tagline: Line
    base_url: Url
    contexts: Annotated[tuple[ContextSlug, ...], Field(min_length=1)]
    default_quantization: Slug
    default_context: ContextSlug
    memory_classes_gb: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    common_devices: Annotated[tuple[Slug, ...], Field(min_length=1)]
    more_devices: tuple[Slug, ...] = ()
    common_models: Annotated[tuple[Slug, ...], Field(min_length=1)]
    common_quantizations: Annotated[tuple[Slug, ...], Field(min_length=1)]
    example_models: Annotated[tuple[Slug, ...], Field(min_length=1)]
    most_listed: PositiveInt = 500
    data_license: License
    system_memory: SystemMemory | None = None

    @cached_property
    def context_ladder(self) -> Mapping[str, int]:
        """Context slug to tokens, in ladder order."""
        return {slug: context_tokens(slug) for slug in self.contexts}
