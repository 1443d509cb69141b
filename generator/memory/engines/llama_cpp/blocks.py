"""A GGUF file's weights block by block, as they matter where several devices share the blocks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from generator.memory.architecture import Architecture
from generator.memory.engines.llama_cpp.weights import INPUT_TENSORS, TENSOR_ALIGNMENT
from generator.memory.gguf import stored_groups


@dataclass(frozen=True, slots=True)
class BlockWeights:
    """Bytes that devices hold.

    blocks : of each block. output : of the output head and what comes with it, tied or of its own.
    """

    blocks: tuple[int, ...]
    output: int


@lru_cache(maxsize=512)
def block_weights(architecture: Architecture, mix_name: str, with_mtp: bool, imatrix: bool) -> BlockWeights:
    """The same bytes as ``weights`` puts on the device, by block."""
    blocks = [0] * architecture.num_layers
    output = 0
    for stored in stored_groups(architecture, mix_name, with_mtp, imatrix):
        tensor = stored.tensor
        if tensor.name in INPUT_TENSORS:
            if tensor.name == INPUT_TENSORS[0] and architecture.tied_embeddings:
                output += stored.size
            continue
        aligned = -(-stored.size // TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT
        for layer in stored.layers:
            if layer is None:
                output += aligned
            elif layer < architecture.num_layers:
                blocks[layer] += aligned
    return BlockWeights(tuple(blocks), output)
