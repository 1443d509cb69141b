"""What a GGUF mix does to one model: which types its tensors get, and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache

from generator.memory.architecture import Architecture
from generator.memory.gguf import mix, quantizable, stored_groups
from generator.memory.gguf_recipes import Category
from generator.memory.quantization import block_format


@dataclass(frozen=True, slots=True)
class StoredPart:
    """Tensors of one category that have one type.

    kind : None for what is never quantized. layers : their blocks, empty outside the blocks.
    """

    kind: Category | None
    type: str
    layers: tuple[int, ...]
    tensors: int
    size_bytes: int


@lru_cache(maxsize=64)
def stored_parts(architecture: Architecture, mix_name: str) -> tuple[StoredPart, ...]:
    """The file's tensors by category and type, largest part first."""
    found = defaultdict(list)
    for stored in stored_groups(architecture, mix_name):
        found[stored.kind, stored.format.name].append(stored)
    parts = (
        StoredPart(
            kind,
            name,
            tuple(sorted({layer for each in group for layer in each.layers if layer is not None})),
            sum(each.count for each in group),
            sum(each.size * each.count for each in group),
        )
        for (kind, name), group in found.items()
    )
    return tuple(sorted(parts, key=lambda part: -part.size_bytes))


def indivisible_share(architecture: Architecture, mix_name: str) -> float:
    """Part of a model's quantizable weights in rows that are no whole number of the mix's default blocks."""
    default, rows = block_format(mix(mix_name).default), _rows(architecture)
    broken = sum(elements for length, elements in rows.items() if not default.divides(length))
    return broken / rows.total() if rows else 0.0


@lru_cache(maxsize=32)
def _rows(architecture: Architecture) -> Counter[int]:
    """Quantizable weights of the blocks by the length of their rows."""
    found: Counter[int] = Counter()
    for layer, repeats in architecture.distinct_layers():
        for tensor in layer.tensors(architecture.hidden_size):
            if quantizable(tensor, architecture.gguf):
                found[tensor.row_length] += tensor.elements * repeats
    return found
