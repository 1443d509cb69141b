"""Layouts of quantized matrices in Hugging Face checkpoints: packed values beside scales and offsets.

A layout turns a matrix's shape into bytes. Sizes are those of the tensors that vLLM 0.33.0,
Transformers 5.23.0, bitsandbytes 0.50.2 and mlx 0.32.4 allocate for such a matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Literal, TypeVar

from generator.memory.errors import MemoryModelError, unknown
from generator.memory.tensors import Tensor

PLAIN_ITEMSIZE = 2
"""BF16 or F16."""


@dataclass(frozen=True, slots=True)
class TiledLayout:
    """Values of ``bits`` bits; each tile of ``tile_inputs`` x ``tile_outputs`` values shares ``tile_bits``.

    tile_inputs : None where a tile is a whole row.
    matrix_bytes : scales that a whole matrix has, each expert's being a matrix of its own.
    rest : what becomes of values beyond the last whole tile of a row: the row can't be stored
        (``refused``), they have a short tile (``kept``) or no scale (``dropped``).
    """

    bits: int
    tile_inputs: int | None
    tile_outputs: int
    tile_bits: int
    matrix_bytes: int = 0
    rest: Literal["refused", "kept", "dropped"] = "refused"

    def divides(self, tensor: Tensor) -> bool:
        """Whether the layout can store a matrix of this shape."""
        return self.rest != "refused" or self.tile_inputs is None or tensor.row_length % self.tile_inputs == 0

    def size(self, tensor: Tensor) -> int:
        """Bytes of all the matrices that ``tensor`` stacks."""
        inputs, outputs = tensor.row_length, tensor.shape[1]
        whole, rest = divmod(inputs, self.tile_inputs or inputs)
        tiles = (whole + bool(rest and self.rest == "kept")) * -(-outputs // self.tile_outputs)
        matrix = -(-(inputs * outputs * self.bits + tiles * self.tile_bits) // 8) + self.matrix_bytes
        return matrix * prod(tensor.shape[2:])


@dataclass(frozen=True, slots=True)
class FlatLayout:
    """bitsandbytes' 4-bit layout: scales for runs of 64 values, whatever the rows.

    scale_bytes : one scale; with ``nested`` every 256 scales share a second one.
    """

    scale_bytes: int
    nested: bool
    matrix_bytes: int

    VALUES_PER_SCALE = 64
    SCALES_PER_NESTED = 256
    NESTED_BYTES = 4

    def divides(self, tensor: Tensor) -> bool:
        """Whether the layout can store a matrix of this shape: always."""
        return True

    def size(self, tensor: Tensor) -> int:
        """Bytes of all the matrices that ``tensor`` stacks."""
        values = tensor.row_length * tensor.shape[1]
        scales = -(-values // self.VALUES_PER_SCALE)
        matrix = -(-values // 2) + scales * self.scale_bytes + self.matrix_bytes
        if self.nested:
            matrix += -(-scales // self.SCALES_PER_NESTED) * self.NESTED_BYTES
        return matrix * prod(tensor.shape[2:])


Layout = TiledLayout | FlatLayout
AnyLayout = TypeVar("AnyLayout", bound=Layout)

FP8_BLOCK = TiledLayout(8, 128, 128, 32, rest="kept")
FP8_TENSOR = TiledLayout(8, None, 1, 0, matrix_bytes=8)
NVFP4 = TiledLayout(4, 16, 1, 8, matrix_bytes=8)
"""Two F32 scales a matrix: weights and activations."""
MXFP4 = TiledLayout(4, 32, 1, 8)
INT4_GROUP = 128
AWQ_INT4 = TiledLayout(4, INT4_GROUP, 1, 16 + 4)
GPTQ_INT4 = TiledLayout(4, INT4_GROUP, 1, 16 + 4, rest="dropped")
"""Groups of 128 with a 16-bit scale and a packed 4-bit zero point."""
NF4 = FlatLayout(scale_bytes=4, nested=False, matrix_bytes=64)
"""The table of 16 values is kept with every matrix."""
NF4_DOUBLE = FlatLayout(scale_bytes=1, nested=True, matrix_bytes=64 + 1024 + 4)
"""The tables of 16 and of 256 values and an offset are kept with every matrix."""
INT8_ROW = TiledLayout(8, None, 1, 32)
MLX_NVFP4 = TiledLayout(4, 16, 1, 8)


def mlx_affine(bits: int) -> TiledLayout:
    """MLX's integers in groups of 64, each with scale and offset in 16 bits."""
    return TiledLayout(bits, 64, 1, 32)


QUANTIZATIONS = {
    "bf16": "BF16",
    "f16": "F16",
    "fp8": "FP8",
    "fp8-per-tensor": "FP8 per tensor",
    "nvfp4": "NVFP4",
    "mxfp4": "MXFP4",
    "awq-int4": "AWQ INT4",
    "gptq-int4": "GPTQ INT4",
    "bnb-nf4": "bitsandbytes NF4",
    "bnb-nf4-dq": "bitsandbytes NF4, double quantization",
    "bnb-int8": "bitsandbytes INT8",
    "mlx-3bit": "MLX 3-bit",
    "mlx-4bit": "MLX 4-bit",
    "mlx-5bit": "MLX 5-bit",
    "mlx-6bit": "MLX 6-bit",
    "mlx-8bit": "MLX 8-bit",
}
"""Slugs and names of the quantizations of these engines."""

PLAIN = ("bf16", "f16")
_SLUGS = {name.lower(): slug for slug, name in QUANTIZATIONS.items()} | {"fp16": "f16"}


def layout_for(
    engine: str, quant: str, layouts: Mapping[str, AnyLayout], why_not: Mapping[str, str]
) -> AnyLayout | None:
    """The layout of ``quant``, a slug or name in any case; None for 16-bit weights.

    layouts : what ``engine`` reads, by slug.
    why_not : quantizations that it refuses, by slug, with the reason.
    """
    slug = _SLUGS.get(quant.lower(), quant.lower())
    if slug in PLAIN:
        return None
    if slug in layouts:
        return layouts[slug]
    if slug in QUANTIZATIONS:
        reason = why_not.get(slug, "a format of other engines")
        known = ", ".join((*PLAIN, *layouts))
        raise MemoryModelError("quant", quant, f"not for {engine}: {reason}; known: {known}")
    raise unknown("quant", quant, (*PLAIN, *layouts))
