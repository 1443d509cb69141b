"""DeepSeek-V4's attention as operations: a window of tokens and compressed groups of tokens, one head for K and V.

Compressors keep the tokens of open groups as state; each micro-batch completes groups, which go into a
cache of their own, and an indexer picks among those of the smaller ratio.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from generator.memory.engines.llama_cpp.compute.attention import key_rotation_size, rotated, softmax_attention
from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.graph import Tensor
from generator.memory.engines.llama_cpp.compute.sparse import token_mask
from generator.memory.engines.llama_cpp.compute.stores import store_keys
from generator.memory.layers import CompressedAttention, Indexer

CELL_PADDING = 256


@dataclass(frozen=True, slots=True)
class Compressor:
    """One compressor: ``ratio`` tokens become a cell of ``width`` values; with overlap each draws on two groups."""

    name: str
    ratio: int
    width: int
    overlap: bool

    @property
    def row(self) -> int:
        return self.width * (2 if self.overlap else 1)

    @property
    def kept_rows(self) -> int:
        """Rows of state a sequence."""
        return self.ratio * (2 if self.overlap else 1)


def compressed_cells(cells: int, ratio: int) -> int:
    """Cells of the cache behind a compressor."""
    behind = -(-cells // ratio)
    return -(-behind // CELL_PADDING) * CELL_PADDING


def compressed_attention(run: Pass, source: Tensor, mixer: CompressedAttention) -> Tensor:
    """One layer, from normed input to output projection."""
    graph, tokens = run.graph, run.batch.tokens
    heads, dim = mixer.num_attention_heads, mixer.head_dim
    narrow = graph.linear(mixer.q_lora_rank, source)
    queries = graph.norm(graph.view(graph.linear(heads * dim, narrow), (dim, heads, tokens)))
    queries = graph.in_place(queries, run.positions())
    keys = graph.view(graph.linear(dim, source), (dim, 1, tokens))
    keys = graph.in_place(keys, run.positions())
    if mixer.ratio:
        overlap = mixer.overlap == 2
        _compress(run, source, Compressor("indexed" if overlap else "far", mixer.ratio, dim, overlap))
    picked = None
    if mixer.indexer:
        width = mixer.indexer.head_dim
        _compress(run, source, Compressor("indexer", mixer.ratio, width, True))
        picked = _picked_cells(run, source, narrow, mixer.indexer, mixer.ratio)
    rotation = key_rotation_size(dim) if run.batch.quantized else 0
    if rotation:
        queries, keys = (rotated(run, tensor, rotation, "window", "K") for tensor in (queries, keys))
    graph.expand(queries)
    graph.expand(keys)
    store_keys(run, keys, "window")
    found = _attended(run, queries, mixer, picked)
    if rotation:
        found = rotated(run, found, rotation, "window", "K")
    found = graph.in_place(graph.view(found, (dim, heads, tokens)), run.positions())
    groups, rank = mixer.output_groups, mixer.output_lora_rank
    found = graph.permute(graph.view(found, (heads // groups * dim, groups, tokens)), 0, 2, 1, 3)
    found = graph.permute(graph.linear(rank, found), 0, 2, 1, 3)
    return graph.linear(run.hidden_size, graph.contiguous(found, rank * groups, tokens))


def _attended(run: Pass, queries: Tensor, mixer: CompressedAttention, picked: Tensor | None) -> Tensor:
    """What the heads return: over the window alone, or the window's and the compressed cells together."""
    graph, batch = run.graph, run.batch
    cells = batch.window_cells
    mask, keys = run.mask(cells, "window"), None
    if mixer.ratio:
        far = compressed_cells(batch.cells, mixer.ratio)
        name = "indexed" if mixer.indexer else "far"
        other = run.mask(far, name)
        if picked is not None:
            other = token_mask(run, picked, other, "f16" if batch.flash_attention else "f32")
        cells += far
        keys = graph.computed((mixer.head_dim, 1, cells, batch.streams), batch.kv_type)
        mask = graph.op((cells, batch.stream_tokens, 1, batch.streams), mask, other, element=mask.element)
    return softmax_attention(run, queries, cells, "window", mixer.head_dim, values_in_keys=True, mask=mask, keys=keys)


def _picked_cells(run: Pass, source: Tensor, narrow: Tensor, indexer: Indexer, ratio: int) -> Tensor:
    """The compressed cells with the best scores, ``top_k`` for each query."""
    graph, batch = run.graph, run.batch
    dim, heads, tokens = indexer.head_dim, indexer.num_heads, batch.tokens
    queries = graph.in_place(graph.view(graph.linear(heads * dim, narrow), (dim, heads, tokens)), run.positions())
    queries = rotated(run, queries, key_rotation_size(dim), "indexer", "K")
    weights = graph.in_place(graph.linear(heads, source))
    cells = compressed_cells(batch.cells, ratio)
    scores = graph.op(
        (cells, batch.stream_tokens, 1, batch.streams),
        graph.view(queries, (dim, heads, batch.stream_tokens, batch.streams)),
        graph.view(weights, (heads, batch.stream_tokens, 1, batch.streams)),
        run.mask(cells, "indexer", "f16"),
    )
    best = graph.op((min(cells, indexer.top_k), *scores.shape[1:]), scores, element="i32")
    return graph.contiguous(best)


def _compress(run: Pass, source: Tensor, kind: Compressor) -> None:
    """Complete groups into their cache, keep the rest as state."""
    graph, batch = run.graph, run.batch
    tokens, row = batch.tokens, kind.row
    values = graph.linear(row, source)
    scores = graph.linear(row, source)
    scores = graph.in_place(scores, graph.op((row, tokens), _input(run, kind, "places", tokens)))
    blocks = tokens // kind.ratio + batch.sequences
    kept = kind.kept_rows * batch.streams
    found = _pooled(run, kind, graph.op((row, kept + tokens), values), graph.op((row, kept + tokens), scores), blocks)
    rotation = key_rotation_size(kind.width) if batch.quantized or kind.name == "indexer" else 0
    if rotation:
        found = rotated(run, found, rotation, kind.name, "K")
    graph.store(graph.view(found, (kind.width, blocks)), _input(run, kind, "cells", blocks, "i64"))
    count = min(tokens, kept)
    sources = [graph.op((row, count), tensor, _input(run, kind, "kept", count)) for tensor in (values, scores)]
    for tensor in sources:
        graph.store(tensor, _input(run, kind, "kept places", count))


def _pooled(run: Pass, kind: Compressor, values: Tensor, scores: Tensor, blocks: int) -> Tensor:
    """(width, 1, blocks): each group's values, weighted by their scores."""
    graph = run.graph
    group = kind.ratio * (2 if kind.overlap else 1)
    reads = partial(_input, run, kind, "reads", group * blocks)
    if kind.overlap:
        values, scores = (_halves(run, kind, _with_spare(run, tensor), reads(), blocks) for tensor in (values, scores))
    else:
        values, scores = (
            graph.view(graph.op((kind.width, group * blocks), tensor, reads()), (kind.width, group, blocks))
            for tensor in (values, scores)
        )
    values = graph.contiguous(graph.permute(values, 1, 0, 2, 3))
    weights = graph.in_place(graph.contiguous(graph.permute(scores, 1, 0, 2, 3)))
    product = graph.in_place(values, weights)
    found = graph.contiguous(graph.permute(graph.op((1, kind.width, blocks), product), 1, 0, 2, 3))
    return graph.in_place(graph.norm(found), _input(run, kind, "positions", blocks))


def _with_spare(run: Pass, rows: Tensor) -> Tensor:
    """``rows`` and an empty one, which stands for what lies before the first group."""
    graph = run.graph
    width, count = rows.shape[:2]
    empty = graph.view(graph.in_place(graph.view(rows, (width,))), (width, 1))
    return graph.op((width, count + 1), rows, empty)


def _halves(run: Pass, kind: Compressor, rows: Tensor, reads: Tensor, blocks: int) -> Tensor:
    """The previous group's first half of each row and the group's own second half."""
    graph, width = run.graph, kind.width
    read = graph.op((kind.row, reads.shape[0]), rows, reads)
    halves = [
        graph.view(
            graph.contiguous(graph.view(read, (width, kind.ratio * blocks), read.strides)), (width, kind.ratio, blocks)
        )
        for _ in range(2)
    ]
    return graph.op((width, 2 * kind.ratio, blocks), *halves)


def _input(run: Pass, kind: Compressor, name: str, count: int, element: str = "i32") -> Tensor:
    return run.once(f"{kind.name} {name}", partial(run.graph.input, count, element=element))
