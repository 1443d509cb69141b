"""Block formats: how many bytes a row of weights or of cache takes in each stored type.

Sizes are those of ggml's block structs (ggml-common.h); a type is a block of ``elements`` values
in ``bytes``, scales included.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.memory.errors import ConfigError, unknown


@dataclass(frozen=True, slots=True)
class BlockFormat:
    """A stored type: ``block_elements`` values of a row share ``block_bytes`` bytes."""

    name: str
    block_elements: int
    block_bytes: int

    @property
    def bits_per_weight(self) -> float:
        return 8 * self.block_bytes / self.block_elements

    @property
    def quantized(self) -> bool:
        return self.block_elements > 1

    def divides(self, row_length: int) -> bool:
        """Whether a row of ``row_length`` elements is a whole number of blocks."""
        return row_length % self.block_elements == 0

    def size(self, elements: int) -> int:
        """Bytes of ``elements`` values, a whole number of blocks."""
        blocks, rest = divmod(elements, self.block_elements)
        if rest:
            raise ConfigError("row length", elements, f"must be a multiple of {self.block_elements} for {self.name}")
        return blocks * self.block_bytes


_BLOCKS = (
    ("f32", 1, 4),
    ("f16", 1, 2),
    ("bf16", 1, 2),
    ("i32", 1, 4),
    ("q8_0", 32, 34),
    ("q5_1", 32, 24),
    ("q5_0", 32, 22),
    ("q4_1", 32, 20),
    ("q4_0", 32, 18),
    ("iq4_nl", 32, 18),
    ("mxfp4", 32, 17),
    ("nvfp4", 64, 36),
    ("q6_k", 256, 210),
    ("q5_k", 256, 176),
    ("q4_k", 256, 144),
    ("q3_k", 256, 110),
    ("q2_k", 256, 84),
    ("iq4_xs", 256, 136),
    ("iq3_s", 256, 110),
    ("iq3_xxs", 256, 98),
    ("iq2_s", 256, 82),
    ("iq2_xs", 256, 74),
    ("iq2_xxs", 256, 66),
    ("iq1_m", 256, 56),
    ("iq1_s", 256, 50),
)
BLOCK_FORMATS = {name: BlockFormat(name, elements, size) for name, elements, size in _BLOCKS}


def block_format(name: str) -> BlockFormat:
    """The format called ``name``, as ggml spells it in lower case."""
    if name not in BLOCK_FORMATS:
        raise unknown("type", name, BLOCK_FORMATS)
    return BLOCK_FORMATS[name]


FALLBACKS = {
    "iq1_s": "iq4_nl",
    "iq1_m": "iq4_nl",
    "iq2_xxs": "iq4_nl",
    "iq2_xs": "iq4_nl",
    "iq2_s": "iq4_nl",
    "iq3_xxs": "iq4_nl",
    "iq3_s": "iq4_nl",
    "iq4_xs": "iq4_nl",
    "q2_k": "q4_0",
    "q3_k": "q4_0",
    "q4_k": "q5_0",
    "q5_k": "q5_1",
    "q6_k": "q8_0",
}
"""What llama.cpp's quantizer takes where a row is no whole number of 256-element blocks."""


def fitting_format(wanted: BlockFormat, row_length: int) -> BlockFormat:
    """``wanted``, or the nearest smaller-block type that divides the row, or F16 if none does."""
    if wanted.divides(row_length):
        return wanted
    smaller = block_format(FALLBACKS.get(wanted.name, wanted.name))
    return smaller if smaller.divides(row_length) else block_format("f16")
