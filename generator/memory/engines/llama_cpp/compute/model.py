"""A whole forward pass: embedding, layers, logits."""

from __future__ import annotations

from functools import partial

from generator.memory.architecture import Architecture, Layer
from generator.memory.engines.llama_cpp.compute import alternating_updates, hyper_connections
from generator.memory.engines.llama_cpp.compute.batch import Batch, Pass
from generator.memory.engines.llama_cpp.compute.graph import Graph, Tensor
from generator.memory.engines.llama_cpp.compute.layer import connected_layer, mixing_layer, picked, plain_layer
from generator.memory.engines.llama_cpp.compute.layer_inputs import add_layer_input, layer_inputs
from generator.memory.engines.llama_cpp.compute.pooled_sparse import pool_inputs
from generator.memory.engines.llama_cpp.compute.repeats import shortened
from generator.memory.engines.llama_cpp.compute.residual_mixing import mixed_residuals
from generator.memory.engines.llama_cpp.compute.wiring import Wiring, wiring_of
from generator.memory.layers import Attention, Indexer, LatentAttention


def build(architecture: Architecture, batch: Batch) -> Graph:
    """The graph of one micro-batch.

    Raises
    ------
    MemoryModelError : llama.cpp's way of building this architecture isn't known.
    """
    wiring = wiring_of(architecture)
    run = _pass(architecture, wiring, batch)
    graph = run.graph
    embedded = hidden = _embedding(run, architecture.deepstack_layers)
    if wiring.scale_first:
        hidden = graph.expand(graph.in_place(hidden))
    inputs = layer_inputs(run, architecture, hidden)
    if wiring.parts_first:
        graph.expand(run.mask(batch.window_cells, "window"))
    if architecture.residual_streams > 1:
        hidden = hyper_connections.spread(run, hidden, architecture.residual_streams)
    layers, ends, graph.repeats = shortened(architecture)
    for indexer in _pooling_indexers(layers):
        pool_inputs(run, indexer)
    if wiring.alternating:
        hidden = alternating_updates.spread(run, hidden, layers[0])
    for index, layer in enumerate(layers):
        if index in ends:
            graph.mark()
        if wiring.alternating and inputs is not None:
            hidden = alternating_updates.updated(run, layer, index, hidden, inputs)
            continue
        if architecture.residual_streams > 1:
            hidden = connected_layer(run, architecture, wiring, layer, hidden)
        elif architecture.residual_block:
            hidden = mixing_layer(run, architecture, layer, hidden, index % architecture.residual_block == 0)
        else:
            hidden = plain_layer(run, architecture, wiring, layer, hidden, index == len(layers) - 1)
        if index < architecture.deepstack_layers:
            hidden = graph.in_place(hidden, graph.view(embedded, embedded.shape, embedded.strides))
        if inputs is not None:
            hidden = add_layer_input(run, hidden, inputs)
    _logits(run, architecture, wiring, hidden)
    return graph


def _pass(architecture: Architecture, wiring: Wiring, batch: Batch) -> Pass:
    mixers = [mixer for layer in architecture.layers for mixer in layer.mixers if isinstance(mixer, Attention)]
    windows_count = "windows_ignored" not in architecture.traits
    return Pass(
        batch,
        architecture.hidden_size,
        position_rows=wiring.position_rows,
        widest_values=max((mixer.value_width for mixer in mixers), default=0),
        windowed=windows_count and any(mixer.window for mixer in mixers),
        unrotated=any(not mixer.rope for mixer in mixers),
    )


def _pooling_indexers(layers: tuple[Layer, ...]) -> set[Indexer]:
    latent = (mixer for layer in layers for mixer in layer.mixers if isinstance(mixer, LatentAttention))
    return {mixer.indexer for mixer in latent if mixer.indexer and mixer.indexer.pooled > 1}


def _logits(run: Pass, architecture: Architecture, wiring: Wiring, hidden: Tensor) -> None:
    """Final norm and output head; llama.cpp keeps what it may be asked for beside the logits."""
    graph = run.graph
    graph.stage = "logits"
    if architecture.residual_streams > 1:
        streams = hyper_connections.picked_streams(run, hidden, architecture.residual_streams)
        hidden = (hyper_connections.mean if wiring.mean_stream else hyper_connections.weighted)(run, streams)
    elif architecture.residual_block:
        hidden = mixed_residuals(run, hidden)
    elif wiring.alternating:
        hidden = alternating_updates.joined(run, hidden)
    elif wiring.rows == "block":
        hidden.kept = True
    if wiring.rows == "block":
        hidden = picked(run, hidden)
    result = graph.norm(hidden, "layer_norm" in architecture.traits)
    if wiring.rows == "norm":
        result.kept = True
        result = picked(run, result)
    result.kept = True
    logits = graph.linear(architecture.vocab_size, result)
    logits.kept = True
    graph.expand(logits)


def _embedding(run: Pass, deepstack: int) -> Tensor:
    """(width, tokens) on the host; with room beside each for what an image encoder adds to the first layers."""
    graph, batch = run.graph, run.batch
    graph.stage = "embedding"
    tokens = run.once("tokens", partial(graph.input, batch.tokens, element="i32"))
    rows = graph.op((run.hidden_size, batch.tokens), tokens)
    rows.on_host = True
    if deepstack:
        width = run.hidden_size * (1 + deepstack)
        rows = graph.op((width, batch.tokens), rows)
        graph.expand(rows)
        graph.expand(graph.input(width, batch.tokens))
        rows = graph.view(rows, (run.hidden_size, batch.tokens), rows.strides)
        return graph.expand(rows)
    graph.expand(rows)
    graph.expand(graph.input(run.hidden_size, batch.tokens))
    return rows
