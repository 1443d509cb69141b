"""The engines that run models, and the devices they run on."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from generator.catalog.fields import Frozen, Line, Sources, Url
from generator.catalog.generation import Generation, RunsOn, Vendor, generations_of

EngineSlug = Literal["llama.cpp", "vllm", "transformers", "mlx"]


class Engine(Frozen):
    """One engine, in the version that the estimation core follows.

    runs_on : generations of the devices it runs on by maker, the maker whose devices most people use it with first
    offloads : whether it can keep layers or experts in system memory
    """

    slug: EngineSlug
    name: Line
    version: Line
    runs_on: RunsOn
    offloads: bool
    url: Url
    sources: Sources

    @property
    def vendor(self) -> Vendor:
        """The maker of the devices that most people use it with."""
        return next(iter(self.runs_on))

    @cached_property
    def generations(self) -> frozenset[Generation]:
        """All generations that it runs on."""
        return generations_of(self.runs_on)


class EngineFile(Frozen):
    """Content of a `data/engines/*.yaml` file."""

    engines: Annotated[tuple[Engine, ...], Field(min_length=1)]
