"""Tensors: what a checkpoint holds, by name, shape and role.

Names and shapes are those that llama.cpp's converter writes (row length first), because its
quantizer decides by them; the role says what any other engine needs to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from math import prod


class Role(Enum):
    """What a tensor is for; engines decide by it what is quantized and how it is stored."""

    EMBEDDING = "embedding"
    OUTPUT = "output"
    LINEAR = "linear"
    EXPERT = "expert"
    ROUTER = "router"
    NORM = "norm"
    BIAS = "bias"
    CONVOLUTION = "convolution"
    STATE = "state"
    BUFFER = "buffer"
    """Part of a GGUF file but not a parameter: rotary factors, router score corrections, tables."""


FLOAT32_ROLES = frozenset({Role.ROUTER, Role.NORM, Role.BIAS, Role.CONVOLUTION, Role.STATE, Role.BUFFER})
"""Roles that the GGUF converter writes as F32 unless a tensor says otherwise."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a checkpoint.

    name : GGUF name without the block prefix, suffix included: ``attn_q.weight``.
    shape : (row length, rows[, experts]), elements, in ggml's order.
    layer : block number, or None outside the blocks.
    source_type : type in the converter's 16-bit file (``f16``, ``f32``, ``i32``).
    """

    name: str
    shape: tuple[int, ...]
    role: Role
    layer: int | None = None
    source_type: str = "f16"

    @property
    def elements(self) -> int:
        return prod(self.shape)

    @property
    def row_length(self) -> int:
        return self.shape[0]

    @property
    def full_name(self) -> str:
        """The name as in the file: ``blk.7.attn_q.weight``."""
        return self.name if self.layer is None else f"blk.{self.layer}.{self.name}"

    def at(self, layer: int) -> Tensor:
        """This tensor in block ``layer``."""
        return replace(self, layer=layer)


Tensors = tuple[Tensor, ...]


def _make(name: str, shape: tuple[int, ...], role: Role) -> Tensor:
    return Tensor(name, shape, role, source_type="f32" if role in FLOAT32_ROLES else "f16")


def linear(name: str, inputs: int, outputs: int) -> Tensor:
    """A matrix ``name.weight`` of ``inputs`` x ``outputs`` elements."""
    return _make(f"{name}.weight", (inputs, outputs), Role.LINEAR)


def expert(name: str, inputs: int, outputs: int, experts: int) -> Tensor:
    """The stacked matrices of all experts, ``inputs`` x ``outputs`` x ``experts`` elements."""
    return _make(f"{name}.weight", (inputs, outputs, experts), Role.EXPERT)


def exact(tensor: Tensor) -> Tensor:
    """``tensor`` as the converter keeps it in F32; the quantizer may still change it."""
    return replace(tensor, source_type="f32")


def router(name: str, inputs: int, experts: int) -> Tensor:
    """A MoE router, kept in F32."""
    return _make(f"{name}.weight", (inputs, experts), Role.ROUTER)


def norm(name: str, *shape: int) -> Tensor:
    """A norm's weights."""
    return _make(f"{name}.weight", shape, Role.NORM)


def bias(name: str, *shape: int) -> Tensor:
    """A bias ``name.bias``."""
    return _make(f"{name}.bias", shape, Role.BIAS)


def convolution(name: str, kernel: int, channels: int) -> Tensor:
    """A depthwise causal convolution, kept in F32."""
    return _make(f"{name}.weight", (kernel, channels), Role.CONVOLUTION)


def state(name: str, *shape: int) -> Tensor:
    """A small vector without the ``.weight`` suffix (decay, skip, scales), kept in F32."""
    return _make(name, shape, Role.STATE)


def buffer(name: str, *shape: int) -> Tensor:
    """A tensor that the file carries but that is no parameter, kept in F32."""
    return _make(name, shape, Role.BUFFER)


def embedding(name: str, width: int, rows: int) -> Tensor:
    """A table of ``rows`` rows of ``width`` elements."""
    return _make(f"{name}.weight", (width, rows), Role.EMBEDDING)


def output(width: int, rows: int) -> Tensor:
    """The untied output head."""
    return _make("output.weight", (width, rows), Role.OUTPUT)


def in_file_order(tensors: Iterable[Tensor]) -> Iterator[Tensor]:
    """Tensors as llama.cpp walks them: outside the blocks first, then by block, by name in each."""
    return iter(sorted(tensors, key=lambda tensor: (-1 if tensor.layer is None else tensor.layer, tensor.full_name)))
