"""Fewer layers with the same peak: an allocator comes to the same state after a few repeats of a pattern."""

from __future__ import annotations

from functools import lru_cache

from generator.memory.architecture import Architecture, Layer
from generator.memory.layers import LatentAttention

REPEATS = 4
"""Repeats of a pattern of layers that are kept at least. Repeats are dropped in pairs, because
results tend to swap places from one repeat to the next."""


@lru_cache(maxsize=512)
def distinct_layers(architecture: Architecture) -> tuple[Layer, ...]:
    """The layers of ``architecture`` with long repetitions cut short.

    All layers count where results are kept for later layers (``residual_block``), or taken for each before
    the first operation (token masks).
    """
    masked = any(isinstance(m, LatentAttention) and m.indexer for layer in architecture.layers for m in layer.mixers)
    if architecture.residual_block or masked:
        return architecture.layers
    kinds: dict[Layer, int] = {}
    numbers = [kinds.setdefault(layer, len(kinds)) for layer in architecture.layers]
    layers = {number: layer for layer, number in kinds.items()}
    return tuple(layers[number] for number in shortened(numbers))


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
