"""DeepSeek sparse attention (DSA) as operations: an indexer picks tokens, all others are masked."""

from __future__ import annotations

from functools import partial

from generator.memory.engines.llama_cpp.compute.attention import key_rotation_size
from generator.memory.engines.llama_cpp.compute.batch import Pass
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


def token_mask(run: Pass, picked: Tensor, mask: Tensor, zero: str = "f32") -> Tensor:
    """``mask`` with everything hidden but the ``picked`` cells; ``zero`` is the type of the value that shows them."""
    graph = run.graph
    cells, tokens, _, streams = mask.shape
    step = mask.strides
    hidden = graph.view(graph.in_place(mask), (1, cells, tokens, streams), (step[0], step[0], step[1], step[3]))
    shape = (picked.shape[0], tokens, streams)
    zeros = graph.in_place(graph.blank(1, *shape, element=zero))
    shown = graph.overwrite(hidden, zeros, graph.view(picked, shape))
    return graph.in_place(graph.view(shown, mask.shape), mask)
