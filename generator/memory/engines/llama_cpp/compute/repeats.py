"""Layers that follow one another alike: few are built, and one of them stands for the others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from generator.memory.architecture import Architecture, Layer
from generator.memory.engines.llama_cpp.compute.alternating_updates import SPARSE_LAYERS
from generator.memory.engines.llama_cpp.compute.layer_inputs import input_table
from generator.memory.engines.llama_cpp.compute.wiring import wiring_of
from generator.memory.layers import MoE

BUILT = 4
"""Repeats that are built: one that brings what all share, two alike, and one that frees it. Of those alike the second
runs as often as there are layers; the first shows what it reads of the repeat before it."""


class Shortened(NamedTuple):
    """Layers to build.

    ends : where a part of the graph ends and the next one begins, indices of layers; empty where all are built.
    repeats : how often the last part but one runs.
    """

    layers: tuple[Layer, ...]
    ends: tuple[int, ...] = ()
    repeats: int = 1


@lru_cache(maxsize=512)
def shortened(architecture: Architecture) -> Shortened:
    """The layers of ``architecture``, of the longest repetition only what has to be built.

    All are built where results are kept for later layers (``residual_block``), and where the alike ones list nothing.
    """
    layers = architecture.layers
    if architecture.residual_block:
        return Shortened(layers)
    apart = _apart(architecture)
    start, period, count = longest_repetition(layers[apart:])
    start += apart
    if count <= BUILT or not any(map(_lists, layers[start : start + period])):
        return Shortened(layers)
    ends = tuple(start + period * number for number in (1, 2, 3))
    left_out = (count - BUILT) * period
    return Shortened(layers[: ends[-1]] + layers[ends[-1] + left_out :], ends, count - BUILT + 1)


def _lists(layer: Layer) -> bool:
    """Whether a layer lists its operations; those of a plain MLP alone come with the next layer that does."""
    return bool(layer.mixers) or isinstance(layer.mlp, MoE)


def _apart(architecture: Architecture) -> int:
    """First layers that may differ by their place from others of their kind."""
    if wiring_of(architecture).alternating:
        return SPARSE_LAYERS
    # Embeddings for all layers are listed with the second layer, as the first reads them last of all.
    return max(architecture.deepstack_layers, 1 if input_table(architecture) else 0)


def longest_repetition(layers: Sequence[object]) -> tuple[int, int, int]:
    """Start, period and count of the pattern that saves most layers if ``BUILT`` of its repeats are built."""
    best, most = (0, 1, 0), 0
    for period in range(1, len(layers) // BUILT + 1):
        first = 0
        while first + BUILT * period < len(layers):
            end = first + period
            while end < len(layers) and layers[end] == layers[end - period]:
                end += 1
            count = (end - first) // period
            if (count - BUILT) * period > most:
                best, most = (first, period, count), (count - BUILT) * period
            first = end - period + 1
    return best
