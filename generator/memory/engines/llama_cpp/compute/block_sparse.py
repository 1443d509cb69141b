"""MiniMax sparse attention (MSA) as operations: an indexer of each KV head picks blocks of tokens."""

from __future__ import annotations

from functools import partial

from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.graph import Tensor
from generator.memory.engines.llama_cpp.compute.stores import FLOAT, store_keys
from generator.memory.layers import Indexer

RESERVED_POSITIONS = 256
"""Positions that the buffer is reserved for: llama.cpp counts those seen so far, none yet, and pads."""


def block_sparse(run: Pass) -> bool:
    """Whether llama.cpp uses the indexer: with flash attention and a cache a sequence. It attends to all otherwise."""
    return run.batch.flash_attention and run.batch.streams == run.batch.sequences


def indexer_queries(run: Pass, source: Tensor, indexer: Indexer) -> Tensor:
    """The indexer's queries; its keys are stored."""
    graph, tokens, dim = run.graph, run.batch.tokens, indexer.head_dim
    queries = graph.view(graph.linear(indexer.num_heads * dim, source), (dim, indexer.num_heads, tokens))
    queries = graph.in_place(graph.norm(queries), run.positions())
    keys = graph.view(graph.linear(dim, source), (dim, 1, tokens))
    store_keys(run, graph.in_place(graph.norm(keys), run.positions()), "indexer")
    return queries


def block_sparse_attention(run: Pass, queries: Tensor, scored: Tensor, indexer: Indexer, groups: int) -> Tensor:
    """What the heads return.

    queries : (head_dim, heads, tokens); K and V are stored already.
    scored : the indexer's queries.
    """
    graph = run.graph
    outputs = [
        _stream_attention(run, queries, _block_mask(run, scored, indexer, groups), groups)
        for _ in range(run.batch.streams)
    ]
    found = outputs[0]
    for one in outputs[1:]:
        found = graph.op((one.shape[0], found.shape[1] + one.shape[1]), found, one)
    return found


def _block_mask(run: Pass, scored: Tensor, indexer: Indexer, groups: int) -> Tensor:
    """(cells, tokens, 1, groups), half precision: which cells each KV head's queries read."""
    graph, batch = run.graph, run.batch
    cells, tokens, dim, size = batch.cells, batch.stream_tokens, indexer.head_dim, indexer.block_size
    blocks = RESERVED_POSITIONS // size
    bias = _rows(run, "block bias", blocks)
    reached = graph.op((dim, RESERVED_POSITIONS), _stream_rows(run, "position cells", RESERVED_POSITIONS))
    step = scored.strides
    flat = graph.view(graph.view(scored, (dim, groups, tokens), step), (dim, groups * tokens))
    scores = graph.op((RESERVED_POSITIONS, groups * tokens), reached, flat)
    scores = graph.view(scores, (RESERVED_POSITIONS, groups, tokens))
    scores = graph.written(scores, _rows(run, "position mask", RESERVED_POSITIONS))
    scores = graph.in_place(graph.op((blocks, groups, tokens), scores), bias)
    best = graph.op((min(indexer.top_k, blocks), groups, tokens), scores, element="i32")
    hidden = graph.op((blocks, 1, tokens), graph.in_place(bias), element="f16")
    hidden = graph.op((blocks, groups, tokens), hidden, element="f16")
    zeros = graph.in_place(graph.op(best.shape, best))
    rows = (1, blocks, groups * tokens)
    picks = (1, best.shape[0], groups * tokens)
    shown = graph.overwrite(graph.view(hidden, rows), graph.view(zeros, picks), graph.view(best, picks[1:]))
    shown = graph.contiguous(graph.permute(graph.view(shown, (blocks, groups, tokens)), 0, 2, 1, 3))
    shown = graph.contiguous(graph.permute(graph.view(shown, (blocks, tokens * groups)), 1, 0, 2, 3))
    by_cell = graph.op((tokens * groups, cells), shown, _stream_rows(run, "cell blocks", cells))
    mask = graph.view(graph.contiguous(graph.permute(by_cell, 1, 0, 2, 3)), (cells, tokens, groups))
    whole = run.once("whole mask", lambda: graph.op(run.mask(cells, "context").shape, run.mask(cells, "context")))
    mask = graph.written(mask, graph.view(whole, (cells, tokens)))
    return graph.op((cells, tokens, 1, groups), graph.view(mask, (cells, tokens, 1, groups)), element="f16")


def _stream_attention(run: Pass, queries: Tensor, mask: Tensor, groups: int) -> Tensor:
    """One stream's attention, KV heads apart."""
    graph, tokens = run.graph, run.batch.stream_tokens
    dim, heads, _, _ = queries.shape
    apart = (dim, heads // groups, groups, tokens)
    split = graph.view(graph.view(queries, (dim, heads, tokens), queries.strides), apart)
    split = graph.permute(split, 0, 2, 3, 1)
    found = graph.op((dim, heads // groups, tokens, groups), split, mask)
    found = graph.contiguous(graph.permute(found, 0, 1, 3, 2))
    return graph.view(found, (dim * heads, tokens))


def _rows(run: Pass, name: str, width: int) -> Tensor:
    """``width`` values a token of one stream, supplied for all streams together."""
    graph, batch = run.graph, run.batch
    every = run.once(name, partial(graph.input, width, batch.tokens))
    row = width * FLOAT
    return graph.view(every, (width, 1, batch.stream_tokens), (FLOAT, row, row, row * batch.stream_tokens))


def _stream_rows(run: Pass, name: str, width: int) -> Tensor:
    """``width`` indices of one stream, supplied for all streams together."""
    graph = run.graph
    every = run.once(name, partial(graph.input, width, run.batch.streams, element="i32"))
    return graph.view(every, (width,))
