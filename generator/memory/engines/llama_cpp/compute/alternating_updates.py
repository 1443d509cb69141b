"""Gemma 3n's alternating updates (AltUp) as operations: layers compute one stream of several and predict the others."""

from __future__ import annotations

from generator.memory.architecture import Layer
from generator.memory.engines.llama_cpp.compute.attention import attention
from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.graph import Tensor
from generator.memory.errors import ConfigError
from generator.memory.layers import Attention, DenseMLP

SPARSE_LAYERS = 10
"""First layers whose MLP keeps only large activations; fixed in llama.cpp."""


def _rows(layer: Layer, name: str) -> int:
    """Rows of one of the layer's own matrices."""
    return next(tensor.shape[1] for tensor in layer.extra if tensor.name == name)


def spread(run: Pass, hidden: Tensor, layer: Layer) -> Tensor:
    """(width, tokens, streams): the embedding and projections of it, as large as it is."""
    graph, (width, tokens, _, _) = run.graph, hidden.shape
    others = _rows(layer, "altup_router.weight") - 1
    size = _magnitude(run, hidden)
    projected = graph.linear(width, graph.op((width, tokens, others), hidden))
    scaled = graph.in_place(graph.in_place(projected, size), _magnitude(run, projected))
    return graph.op((width, tokens, others + 1), hidden, scaled)


def updated(run: Pass, layer: Layer, index: int, streams: Tensor, inputs: Tensor) -> Tensor:
    """The streams after layer ``index``, which lets its own ``inputs`` in."""
    graph = run.graph
    mixer, kind = layer.mixers[0], layer.mlp
    if not isinstance(mixer, Attention) or not isinstance(kind, DenseMLP):
        raise ConfigError("layer", index, "must be attention and a dense MLP")
    width, tokens, count, _ = streams.shape
    graph.stage = "attention"
    predicted = _predicted(run, streams)
    active = _slice(run, predicted)
    source = graph.norm(active)
    narrow = graph.linear(_rows(layer, "laurel_l.weight"), source)
    beside = graph.in_place(graph.linear(width, narrow), source)
    middle = graph.in_place(graph.in_place(attention(run, source, mixer, normed_values=True), active), beside)
    graph.stage = "feed-forward"
    found = graph.in_place(_feed_forward(run, graph.norm(middle), kind, index < SPARSE_LAYERS), middle)
    corrected = _corrected(run, predicted, found)
    first = graph.linear(inputs.shape[0], graph.in_place(_slice(run, corrected)))
    first = graph.linear(width, graph.in_place(first, graph.view(inputs, inputs.shape[:2])))
    rest = graph.op((width, tokens, count - 1), _rest(run, corrected), first)
    return graph.op(streams.shape, _slice(run, corrected), rest)


def joined(run: Pass, streams: Tensor) -> Tensor:
    """The mean of the streams, each made as large as the first."""
    graph, (width, tokens, count, _) = run.graph, streams.shape
    size = _magnitude(run, _slice(run, streams))
    projected = graph.linear(width, _rest(run, streams))
    scaled = graph.in_place(graph.in_place(projected, size), _magnitude(run, projected))
    total = _slice(run, streams)
    for _ in range(count - 1):
        total = graph.in_place(total, graph.view(scaled, (width, tokens)))
    return total


def _magnitude(run: Pass, tensor: Tensor) -> Tensor:
    return run.graph.op((1, *tensor.shape[1:]), run.graph.in_place(tensor))


def _slice(run: Pass, streams: Tensor) -> Tensor:
    """One stream."""
    return run.graph.view(streams, streams.shape[:2])


def _rest(run: Pass, streams: Tensor) -> Tensor:
    """All streams but the first."""
    width, tokens, count, _ = streams.shape
    return run.graph.view(streams, (width, tokens, count - 1))


def _weights(run: Pass, active: Tensor, count: int) -> Tensor:
    """A weight a stream and token."""
    return run.graph.linear(count, run.graph.norm(active))


def _predicted(run: Pass, streams: Tensor) -> Tensor:
    graph, (width, tokens, count, _) = run.graph, streams.shape
    weights = graph.linear(count * count, _weights(run, _slice(run, streams), count))
    by_stream = graph.contiguous(graph.permute(streams, 1, 2, 0, 3))
    mixed = graph.op((width, count, tokens), by_stream, graph.view(weights, (count, count, tokens)))
    return graph.in_place(graph.contiguous(graph.permute(mixed, 0, 2, 1, 3)), streams)


def _corrected(run: Pass, predicted: Tensor, found: Tensor) -> Tensor:
    graph, (_, tokens, count, _) = run.graph, predicted.shape
    weights = graph.linear(count, _weights(run, found, count))
    weights = graph.contiguous(graph.permute(weights, 1, 0, 2, 3), 1, tokens, count)
    news = graph.in_place(found, _slice(run, predicted))
    news = graph.in_place(graph.op(predicted.shape, news), weights)
    return graph.in_place(news, predicted)


def _feed_forward(run: Pass, source: Tensor, kind: DenseMLP, sparse: bool) -> Tensor:
    """``sparse``: what lies below a threshold, which depends on mean and spread, is set to zero."""
    graph, width = run.graph, kind.intermediate_size
    up, gate = graph.linear(width, source), graph.linear(width, source)
    if sparse:
        mean = graph.op((1, gate.shape[1]), gate)
        spread_out = graph.op((1, gate.shape[1]), graph.in_place(gate, mean))
        gate = graph.in_place(gate, graph.in_place(mean, spread_out))
    return graph.linear(run.hidden_size, graph.in_place(up, gate))
