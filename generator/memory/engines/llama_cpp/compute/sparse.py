"""DeepSeek sparse attention (DSA) as operations: an indexer picks tokens, all others are masked."""

from __future__ import annotations

from functools import partial

from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.blocks import key_rotation_size
from generator.memory.engines.llama_cpp.compute.graph import Tensor
from generator.memory.engines.llama_cpp.compute.stores import store_keys
from generator.memory.layers import Indexer

def picked_tokens(run: Pass, source: Tensor, narrow: Tensor, indexer: Indexer) -> Tensor:
    """The cached tokens with the best scores, ``top_k`` for each query (DeepSeek-V3.2, GLM-5).

    narrow : the compressed queries.
    """
    graph, batch = run.graph, run.batch
    dim, heads, tokens = indexer.head_dim, indexer.num_heads, batch.tokens
    rotation = partial(run.rotation, key_rotation_size(dim), "indexer", "K")
    queries = graph.in_place(graph.view(graph.linear(heads * dim, narrow), (dim, heads, tokens)), run.positions())
    queries = graph.op(queries.shape, rotation(), queries)
    keys = graph.norm(graph.linear(dim, source), mean_too=True)
    keys = graph.in_place(graph.view(keys, (dim, 1, tokens)), run.positions())
    store_keys(run, graph.op(keys.shape, rotation(), keys), "indexer")
    weights = graph.in_place(graph.view(graph.linear(heads, source), (heads, batch.stream_tokens, 1, batch.streams)))
    shape = (dim, heads, batch.stream_tokens, batch.streams)
    cells = batch.cells
    scores = graph.op(
        (cells, batch.stream_tokens, 1, batch.streams),
        graph.view(queries, shape),
        weights,
        run.mask(cells, "indexer", "f16"),
    )
    best = graph.op((min(cells, indexer.top_k), *scores.shape[1:]), scores, element="i32")
    return graph.contiguous(best)


def token_mask(run: Pass, picked: Tensor) -> Tensor:
    """The mask with everything hidden but the ``picked`` tokens."""
    graph, batch = run.graph, run.batch
    mask = run.mask(batch.cells, "context")
    step = mask.strides
    hidden = graph.in_place(mask)
    rows = graph.view(
        hidden, (1, batch.cells, batch.stream_tokens, batch.streams), (step[0], step[0], step[1], step[3])
    )
    shape = (1, picked.shape[0], batch.stream_tokens, batch.streams)
    zeros = graph.in_place(graph.blank(*shape))
    shown = graph.overwrite(rows, zeros, graph.view(picked, (picked.shape[0], batch.stream_tokens, batch.streams)))
    return graph.in_place(graph.view(shown, mask.shape), mask)
