"""Number formats: how blocks of weights are laid out, and the schemes built from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from generator.catalog.engine import EngineSlug
from generator.catalog.fields import Frozen, Line, PositiveInt, Prose, Slug, Sources
from generator.catalog.generation import RunsOn


class BlockField(Frozen):
    """One part of a block: `bytes` bytes of `what`."""

    name: Line
    bytes: PositiveInt
    what: Line


class BlockType(Frozen):
    """Layout of one block of weights; the fields' bytes sum to `bytes_per_block`.

    elements_per_block : weights that share the block
    bytes_per_row, bytes_per_tensor : storage once per matrix row or once per matrix, beside the blocks
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    elements_per_block: PositiveInt
    bytes_per_block: PositiveInt
    fields: Annotated[tuple[BlockField, ...], Field(min_length=1)]
    bytes_per_row: Annotated[int, Field(ge=0)] = 0
    bytes_per_tensor: Annotated[int, Field(ge=0)] = 0
    note: Line | None = None
    sources: Sources

    @property
    def bits_per_weight(self) -> float:
        """Bits per weight of the blocks alone."""
        return self.bytes_per_block * 8 / self.elements_per_block

    @model_validator(mode="after")
    def _fields_sum_to_block(self) -> Self:
        total = sum(field.bytes for field in self.fields)
        if total != self.bytes_per_block:
            raise ValueError(
                f"the fields of {self.name} sum to {total} bytes, bytes_per_block says {self.bytes_per_block}"
            )
        return self


class Quantization(Frozen):
    """A scheme one can download or ask an engine for.

    kind : `type` stores every quantized matrix in `default_type`; `mix` gives some tensors other types
    runs_on : by engine, the generations of devices whose kernels it has there; where an engine isn't named, all of its
    """

    slug: Slug
    name: Line
    engines: Annotated[tuple[EngineSlug, ...], Field(min_length=1)]
    kind: Literal["type", "mix"]
    default_type: Line
    summary: Prose
    needs_imatrix: bool = False
    requires_moe: bool = False
    runs_on: Mapping[EngineSlug, RunsOn] = Field(default_factory=dict)
    sources: Sources

    def __eq__(self, other: object) -> bool:
        """Told apart by the slug first, as pages look for a scheme among others all the time."""
        return self is other or (isinstance(other, Quantization) and self.slug == other.slug and super().__eq__(other))

    def __hash__(self) -> int:
        return hash(self.slug)


class QuantizationFile(Frozen):
    """Content of a `data/quantization/*.yaml` file: block layouts, schemes, or both."""

    block_types: tuple[BlockType, ...] = ()
    quantizations: tuple[Quantization, ...] = ()
