"""The engines that run models, and whose devices they run on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.catalog.fields import Frozen, Line, Sources, Url

EngineSlug = Literal["llama.cpp", "vllm", "transformers", "mlx"]
Vendor = Literal["nvidia", "amd", "intel", "apple", "google", "aws", "huawei"]


class Engine(Frozen):
    """One engine, in the version that the estimation core follows.

    vendors : makers of the devices it runs on, the one whose devices most people use it with first
    offloads : whether it can keep layers or experts in system memory
    """

    slug: EngineSlug
    name: Line
    version: Line
    vendors: Annotated[tuple[Vendor, ...], Field(min_length=1)]
    offloads: bool
    url: Url
    sources: Sources


class EngineFile(Frozen):
    """Content of a `data/engines/*.yaml` file."""

    engines: Annotated[tuple[Engine, ...], Field(min_length=1)]
