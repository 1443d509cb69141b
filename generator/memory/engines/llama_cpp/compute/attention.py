"""Attention as operations, after llama.cpp's ``llama-graph.cpp``.

Operations that always write over their only source (a norm's weight, a bias, a factor) are left out:
they take no memory.
"""

from __future__ import annotations

from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.block_sparse import (
    block_sparse,
    block_sparse_attention,
    indexer_queries,
)
from generator.memory.engines.llama_cpp.compute.graph import Tensor
from generator.memory.engines.llama_cpp.compute.stores import FLOAT, store_keys, store_values
from generator.memory.layers import Attention


def softmax_attention(
    run: Pass,
    queries: Tensor,
    cells: int,
    cache: str,
    value_dim: int,
    value_decompression: int | None = None,
    values_in_keys: bool = False,
    mask: Tensor | None = None,
    keys: Tensor | None = None,
) -> Tensor:
    """What the heads return for ``queries`` (head_dim, heads, tokens) over ``cells`` cached tokens.

    value_decompression : width to which a weight expands each head's result (MLA), None without.
    values_in_keys : the cached K serves as V, so that without flash attention V is transposed first.
    mask : where the cache's own mask won't do.
    keys : K where it was put together for this layer, not read from its cache.
    """
    graph, batch = run.graph, run.batch
    width, heads, _, _ = queries.shape
    tokens, streams = batch.stream_tokens, batch.streams
    step = queries.strides
    split = graph.view(queries, (width, heads, tokens, streams), (step[0], step[1], step[2], step[2] * tokens))
    split = graph.permute(split, 0, 2, 1, 3)
    mask = mask or run.mask(cells, cache)
    if batch.flash_attention:
        read: tuple[Tensor, ...] = () if keys is None else (keys, keys)
        found = graph.op((value_dim, heads, tokens, streams), split, *read, mask)
        if value_decompression:
            found = graph.permute(found, 0, 2, 1, 3)
            found = graph.linear(value_decompression, found)
            found = graph.contiguous(graph.permute(found, 0, 2, 1, 3))
            value_dim = value_decompression
        found = graph.view(found, (value_dim * heads, tokens * streams))
    else:
        read = () if keys is None else (keys,)
        scores = graph.op((cells, tokens, heads, streams), *read, split)
        scores = graph.in_place(scores, mask)
        values: tuple[Tensor, ...] = ()
        if values_in_keys:
            shape = (cells, value_dim, 1, streams)
            if keys is None:
                values = (graph.computed(shape, batch.kv_type),)
            else:
                values = (graph.op(shape, keys, element=batch.kv_type),)
        found = graph.op((value_dim, tokens, heads, streams), *values, scores)
        if value_decompression:
            found = graph.linear(value_decompression, found)
            value_dim = value_decompression
        found = graph.permute(found, 0, 2, 1, 3)
        found = graph.contiguous(found, value_dim * heads, tokens * streams)
    return graph.expand(found)


def rotated(run: Pass, tensor: Tensor, size: int, cache: str, what: str) -> Tensor:
    """``tensor`` multiplied by a Hadamard matrix of ``size``."""
    graph = run.graph
    elements = tensor.shape[0] * tensor.shape[1] * tensor.shape[2] * tensor.shape[3]
    if tensor.is_contiguous:
        flat = graph.view(tensor, (size, elements // size))
    else:
        flat = graph.contiguous(tensor, size, elements // size)
    product = graph.op((size, elements // size), run.rotation(size, cache, what), flat)
    return graph.view(product, tensor.shape)


def key_rotation_size(head_dim: int) -> int:
    """The largest power of two from 64 that divides ``head_dim``, 0 without any."""
    if head_dim % 64:
        return 0
    size = 64
    while head_dim % (2 * size) == 0:
        size *= 2
    return size


def attention(run: Pass, source: Tensor, mixer: Attention, scaled: bool = False, normed_values: bool = False) -> Tensor:
    """Grouped-query attention of one layer.

    scaled : queries get a factor a token.
    normed_values : V passes a norm too.
    """
    graph, tokens = run.graph, run.batch.tokens
    heads, groups, dim, value_dim = (
        mixer.num_attention_heads,
        mixer.num_key_value_heads,
        mixer.head_dim,
        mixer.v_head_dim,
    )
    windowed = run.windowed and mixer.window is not None
    cache = "window" if windowed else "context"
    cells = run.batch.window_cells if windowed else run.batch.cells
    gate = None
    keys = values = None
    if mixer.fused_qkv:
        width = mixer.query_width + mixer.key_width + mixer.value_width
        fused = graph.linear(width, source)
        queries, keys, values = (
            graph.view(fused, (size, count, tokens), (FLOAT, FLOAT * size, FLOAT * width, FLOAT * width * tokens))
            for size, count in ((dim, heads), (dim, groups), (value_dim, groups))
        )
    else:
        if mixer.query_gate:
            both = graph.view(graph.linear(2 * mixer.query_width, source), (2 * dim, heads, tokens))
            step = both.strides
            queries = graph.view(both, (dim, heads, tokens), step)
            gate = graph.view(both, (dim, heads, tokens), step)
        else:
            queries = graph.view(graph.linear(mixer.query_width, source), (dim, heads, tokens))
        if mixer.own_cache:
            both = graph.linear(mixer.key_width, source)
            keys = graph.view(both, (dim, groups, tokens))
            if mixer.value_tensor:
                both = graph.linear(mixer.value_width, source)
            values = graph.view(both, (value_dim, groups, tokens))
    if mixer.qk_norm in ("head", "each"):
        queries = graph.in_place(queries)
        keys = keys and graph.in_place(keys)
    if normed_values:
        values = values and graph.in_place(values)
    if mixer.rope:
        queries = graph.in_place(queries, run.positions())
        keys = keys and graph.in_place(keys, run.positions())
    if scaled:
        queries = graph.in_place(queries, run.scale())
    value_rotation = 0
    if run.batch.quantized:
        if size := key_rotation_size(dim):
            queries = rotated(run, queries, size, cache, "K")
            keys = keys and rotated(run, keys, size, cache, "K")
        value_rotation = 0 if value_dim % 64 else 64
        if value_rotation and values is not None:
            values = rotated(run, values, value_rotation, cache, "V")
    indexer = mixer.indexer if block_sparse(run) else None
    scored = indexer_queries(run, source, indexer) if indexer else None
    graph.expand(queries)
    for tensor in (keys, values) if run.windowed or indexer else (values, keys):
        if tensor is not None:
            graph.expand(tensor)
    if keys is not None and values is not None:
        store_keys(run, keys, cache)
        store_values(run, values, cache)
    if indexer and scored:
        found = block_sparse_attention(run, queries, scored, indexer, groups)
    else:
        found = softmax_attention(run, queries, cells, cache, value_dim)
    if value_rotation:
        found = rotated(run, found, value_rotation, cache, "V")
    if gate is not None:
        found = graph.in_place(found, graph.in_place(graph.contiguous(gate, heads * dim, tokens)))
    if mixer.head_gate:
        gates = graph.in_place(graph.linear(heads, source))
        heads_apart = graph.in_place(
            graph.view(found, (value_dim, heads, tokens)), graph.view(gates, (1, heads, tokens))
        )
        found = graph.view(heads_apart, (value_dim * heads, tokens))
    elif mixer.output_gate:
        found = graph.in_place(found, graph.in_place(graph.linear(mixer.output_width, source)))
    return graph.linear(run.hidden_size, found)
