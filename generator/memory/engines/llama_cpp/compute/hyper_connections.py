"""Hyper-connections as operations: several residual streams, joined before each part of a layer and spread after it."""

from __future__ import annotations

from dataclasses import dataclass

from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.graph import Tensor
from generator.memory.engines.llama_cpp.compute.stores import FLOAT


@dataclass(frozen=True, slots=True)
class Joined:
    """The streams joined into one, and the weights with which a result goes back into them."""

    source: Tensor
    streams: Tensor
    back: Tensor
    among: Tensor


def spread(run: Pass, hidden: Tensor, count: int) -> Tensor:
    """``count`` equal streams, (width, streams, tokens)."""
    width, tokens = hidden.shape[:2]
    return run.graph.op((width, count, tokens), run.graph.view(hidden, (width, 1, tokens)))


def joined(run: Pass, streams: Tensor) -> Joined:
    """One stream to read from."""
    graph = run.graph
    width, count, tokens, _ = streams.shape
    flat = graph.norm(graph.view(streams, (width * count, tokens)))
    rows = (2 + count) * count
    mixes = graph.linear(rows, flat)
    step = (FLOAT, FLOAT * rows, FLOAT * rows * tokens, FLOAT * rows * tokens)
    ahead = graph.in_place(graph.view(mixes, (count, tokens), step))
    back = graph.in_place(graph.view(mixes, (count, tokens), step))
    among = graph.op((count, count, tokens), mixes)
    return Joined(graph.op((width, tokens), streams, ahead), streams, back, among)


def written_back(run: Pass, found: Tensor, before: Joined) -> Tensor:
    """The streams after ``found`` went into them."""
    return run.graph.op(before.streams.shape, found, before.streams, before.back, before.among)


def picked_streams(run: Pass, streams: Tensor, count: int) -> Tensor:
    """The streams of the tokens that yield logits."""
    graph = run.graph
    width = streams.shape[0]
    flat = graph.view(streams, (width * count, run.batch.tokens))
    rows = graph.rows_of(flat, run.output_rows(), (width * count, run.batch.outputs))
    return graph.view(rows, (width, count, run.batch.outputs))


def mean(run: Pass, streams: Tensor) -> Tensor:
    """The mean of the streams."""
    graph = run.graph
    width, count, tokens, _ = streams.shape
    step = streams.strides
    each = [graph.view(streams, (width, tokens), (step[0], step[2], step[3], step[3])) for _ in range(count)]
    total = each[0]
    for stream in each[1:]:
        total = graph.in_place(total, stream)
    return total


def weighted(run: Pass, streams: Tensor) -> Tensor:
    """The streams joined for the output head, with weights that depend on them."""
    graph = run.graph
    width, count, tokens, _ = streams.shape
    mixes = graph.linear(count, graph.norm(graph.view(streams, (width * count, tokens))))
    step, row = streams.strides, mixes.strides
    parts = [
        graph.in_place(
            graph.view(streams, (width, tokens), (step[0], step[2], step[3], step[3])),
            graph.view(mixes, (1, tokens), row),
        )
        for _ in range(count)
    ]
    found = parts[0]
    for part in parts[1:]:
        found = graph.in_place(found, part)
    return found
