"""Writes into the caches as operations."""

from __future__ import annotations

from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.graph import Tensor

FLOAT = 4


def store_values(run: Pass, values: Tensor, cache: str) -> None:
    """Write V (head_dim, heads, tokens); transposed, and padded to the widest layer, without flash attention."""
    graph = run.graph
    width = values.shape[0] * values.shape[1]
    tokens = values.shape[2]
    step = values.strides[2]
    if run.batch.flash_attention:
        flat = graph.view(values, (width, tokens), (FLOAT, step, step * tokens, step * tokens))
    else:
        merges = width * FLOAT == step
        flat = graph.view(values, (width, tokens)) if merges else graph.contiguous(values, width, tokens)
        if width < run.widest_values:
            flat = graph.op((run.widest_values, tokens), flat)
        flat = graph.view(flat, (1, max(width, run.widest_values) * tokens))
    graph.store(flat, run.value_cells(cache))


def store_keys(run: Pass, keys: Tensor, cache: str) -> None:
    """Write K (head_dim, heads, tokens)."""
    width, tokens = keys.shape[0] * keys.shape[1], keys.shape[2]
    step = keys.strides[2]
    flat = run.graph.view(keys, (width, tokens), (FLOAT, step, step * tokens, step * tokens))
    run.graph.store(flat, run.key_cells(cache))
