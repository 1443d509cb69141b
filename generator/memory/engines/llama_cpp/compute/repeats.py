"""Fewer layers with the same peak: an allocator comes to the same state after a few repeats of a pattern."""

from __future__ import annotations

from functools import lru_cache

from generator.memory.architecture import Architecture, Layer
from generator.memory.layers import Attention, CompressedAttention, LatentAttention, Mixer

REPEATS = 4
"""Repeats of a pattern of layers that are kept at least. Repeats are dropped in pairs, because
results tend to swap places from one repeat to the next."""


@lru_cache(maxsize=512)
def distinct_layers(architecture: Architecture) -> tuple[Layer, ...]:
    """The layers of ``architecture`` with long repetitions cut short.

    All layers count where results are kept for later layers (``residual_block``), and where indexers take
    memory for each layer before the first operation (token masks, views of inputs).
    """
    if architecture.residual_block or any(_indexed(mixer) for layer in architecture.layers for mixer in layer.mixers):
        return architecture.layers
    kinds: dict[Layer, int] = {}
    numbers = [kinds.setdefault(layer, len(kinds)) for layer in architecture.layers]
    layers = {number: layer for layer, number in kinds.items()}
    return tuple(layers[number] for number in shortened(numbers))


def _indexed(mixer: Mixer) -> bool:
    return isinstance(mixer, (Attention, LatentAttention, CompressedAttention)) and mixer.indexer is not None


def shortened(sequence: list[int]) -> list[int]:
    """``sequence`` with pairs of repeats taken out wherever a pattern follows itself more often than ``REPEATS``."""
    found = list(sequence)
    period = 1
    while period * (REPEATS + 2) <= len(found):
        start = 0
        while start + period * (REPEATS + 2) <= len(found):
            pattern = found[start : start + period]
            end = start + period
            while found[end : end + period] == pattern:
                end += period
            surplus = ((end - start) // period - REPEATS) // 2 * 2
            if surplus > 0:
                del found[end - surplus * period : end]
            start += 1
        period += 1
    return found
