"""GLM-5.3's indexer as operations: keys are pooled before they are scored, and pools of tokens are picked."""

from __future__ import annotations

from functools import partial

from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.graph import Tensor
from generator.memory.engines.llama_cpp.compute.stores import store_keys
from generator.memory.layers import Indexer

POOL_PADDING = 64
"""The number of pools, and one to spare, is rounded up to a multiple of this."""


def _pools(run: Pass, indexer: Indexer) -> tuple[int, int]:
    """Pools of all sequences' caches, and the same padded."""
    sequences = run.batch.sequences
    count = max(run.batch.cells // indexer.pooled * sequences, 1)
    return count, (count // POOL_PADDING + 1) * POOL_PADDING


def pool_inputs(run: Pass, indexer: Indexer) -> None:
    """List the inputs that llama.cpp makes before the first layer."""
    graph, tokens = run.graph, run.batch.tokens
    new, pools = _pools(run, indexer)
    size = indexer.pooled
    chosen = size * min(pools, indexer.top_k // size) + size - 1
    shapes = {
        "pool cells": ((pools,), "i32"),
        "pool members": ((size, pools), "i32"),
        "pool mask": ((pools, tokens), "f16"),
        "loose tokens": ((size - 1, tokens), "i32"),
        "picked mask": ((chosen, 1, 1, tokens), "f32"),
        "new pool members": ((size, new), "i32"),
        "new pool cells": ((new,), "i64"),
    }
    for name, (shape, element) in shapes.items():
        tensor = run.once(name, partial(graph.input, *shape, element=element))
        if not name.startswith("new"):
            graph.expand(tensor)


def pooled_token_mask(run: Pass, source: Tensor, narrow: Tensor, indexer: Indexer) -> Tensor:
    """The mask with everything hidden but the tokens of the best pools and those in no pool yet.

    narrow : the compressed queries.
    """
    graph, batch = run.graph, run.batch
    picked = _picked(run, source, narrow, indexer)
    count, tokens, cells = picked.shape[0], batch.tokens, batch.cells
    mask = run.mask(cells, "context")
    first = graph.op((1,), graph.view(picked, (1,)))
    seed = first if mask.element == "f32" else graph.op((1,), first, element="f16")
    hidden = graph.op((1, cells + count, tokens), graph.in_place(seed), element=mask.element)
    zeros = graph.op((1, count, tokens), graph.in_place(first))
    places = graph.op((count, tokens), picked)
    spare = graph.computed((count,))
    alive = graph.in_place(graph.view(run.inputs["picked mask"], (count, tokens)))
    places = graph.in_place(graph.in_place(graph.in_place(places, spare), alive), spare)
    places = graph.op((count, tokens), places, element="i32")
    shown = graph.overwrite(
        graph.view(hidden, hidden.shape), graph.view(zeros, zeros.shape), graph.view(places, (count, tokens, 1))
    )
    step = shown.strides
    shown = graph.view(shown, (cells, tokens), (step[0], step[2], step[3], step[3]))
    return graph.view(graph.in_place(shown, graph.view(mask, (cells, tokens))), mask.shape)


def _picked(run: Pass, source: Tensor, narrow: Tensor, indexer: Indexer) -> Tensor:
    """Tokens of the best pools, in order, and those in no pool yet."""
    graph, batch = run.graph, run.batch
    dim, heads, tokens, size = indexer.head_dim, indexer.num_heads, batch.tokens, indexer.pooled
    queries = graph.view(graph.linear(heads * dim, narrow), (dim, heads, tokens))
    pooled = _pooled_keys(run, source, indexer)
    pools = pooled.shape[2]
    weights = graph.in_place(graph.linear(heads, source))
    scores = graph.op((pools, tokens), queries, pooled, weights, run.inputs["pool mask"])
    count = min(pools, indexer.top_k // size)
    best = graph.op((count, tokens), scores, element="i32")
    theirs = graph.rows_of(graph.view(scores, (1, pools, tokens)), best, (1, count, tokens))
    order = graph.op((count, tokens), graph.view(theirs, (count, tokens)), element="i32")
    best = graph.view(graph.op((count, tokens), best), (1, count, tokens))
    best = graph.view(graph.rows_of(best, order, (1, count, tokens)), (count, tokens))
    best = graph.op((count, tokens), graph.contiguous(best), element="i32")
    members = graph.op(
        (size, count * tokens), run.inputs["pool members"], graph.view(best, (count * tokens,)), element="i32"
    )
    members = graph.view(members, (size * count, tokens))
    return graph.op((size * count + size - 1, tokens), members, run.inputs["loose tokens"], element="i32")


def _pooled_keys(run: Pass, source: Tensor, indexer: Indexer) -> Tensor:
    """Store key and gate of each token, pool those whose pool is complete, read all pools back."""
    graph, tokens, dim, size = run.graph, run.batch.tokens, indexer.head_dim, indexer.pooled
    new, pools = _pools(run, indexer)
    keys = graph.norm(graph.linear(dim, source), mean_too=True)
    gates = graph.linear(dim, source)
    empty = graph.in_place(graph.blank(dim, tokens))
    packed = graph.op((3 * dim, tokens), graph.op((2 * dim, tokens), keys, gates), empty)
    store_keys(run, graph.view(packed, (3 * dim, 1, tokens)), "indexer")
    members = graph.view(run.inputs["new pool members"], (size * new,))
    rows = graph.view(graph.op((2 * dim, size * new), members), (2 * dim, size, new))
    step = rows.strides
    keys, gates = (graph.view(rows, (dim, size, new), step) for _ in range(2))
    logits = graph.contiguous(graph.permute(graph.in_place(gates), 1, 0, 2, 3))
    weights = graph.in_place(graph.view(logits, (size, dim * new)))
    keys = graph.contiguous(graph.permute(keys, 1, 0, 2, 3))
    product = graph.in_place(graph.view(weights, (size, dim, new)), keys)
    fresh = graph.view(graph.op((1, dim, new), product), (dim, new))
    graph.store(fresh, run.inputs["new pool cells"])
    return graph.view(graph.op((dim, pools), run.inputs["pool cells"]), (dim, 1, pools))
