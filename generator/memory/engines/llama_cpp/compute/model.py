"""A whole forward pass: embedding, layers, logits."""

from __future__ import annotations

from dataclasses import dataclass

from generator.memory.architecture import Architecture, Layer
from generator.memory.engines.llama_cpp.compute import blocks
from generator.memory.engines.llama_cpp.compute.batch import Batch, Pass
from generator.memory.engines.llama_cpp.compute.graph import Graph, Tensor
from generator.memory.layers import Attention, MoE


def build(architecture: Architecture, batch: Batch) -> Graph:
    """The graph of one micro-batch."""
    attentions = [m for layer in architecture.layers for m in layer.mixers if isinstance(m, Attention)]
    run = Pass(batch, architecture.hidden_size)
    run.widest_values = max((mixer.value_width for mixer in attentions), default=0)
    run.windowed = any(mixer.window for mixer in attentions)
    graph = run.graph
    hidden = _embedding(run)
    for index, layer in enumerate(architecture.layers):
        last = index == len(architecture.layers) - 1
        hidden = _layer(run, architecture, layer, hidden, last)
    graph.stage = "logits"
    result = graph.in_place(hidden)
    result.kept = True
    logits = graph.linear(architecture.vocab_size, result)
    logits.kept = True
    graph.expand(logits)
    return graph


def _embedding(run: Pass) -> Tensor:
    graph, batch = run.graph, run.batch
    graph.stage = "embedding"
    tokens = graph.input(batch.tokens, element="i32")
    rows = graph.op((run.hidden_size, batch.tokens), tokens)
    rows.on_host = True
    graph.expand(rows)
    graph.expand(graph.input(run.hidden_size, batch.tokens))
    return rows


def _layer(run: Pass, architecture: Architecture, layer: Layer, hidden: Tensor, last: bool) -> Tensor:
    graph = run.graph
    graph.stage = "attention"
    llama4 = architecture.gguf == "llama4"
    source = graph.in_place(hidden)
    mixer = layer.mixers[0]
    rope = not (llama4 and not mixer.window)
    found = blocks.attention(run, source, mixer, run.hidden_size, rope, run.windowed, llama4 and not rope)
    if last:
        found = graph.rows_of(found, run.output_rows(), (run.hidden_size, run.batch.outputs))
        hidden = graph.rows_of(hidden, run.output_rows(), (run.hidden_size, run.batch.outputs))
    middle = graph.in_place(found, hidden)
    graph.stage = "experts" if isinstance(layer.mlp, MoE) else "feed-forward"
    found = blocks.mlp(run, graph.in_place(middle), layer.mlp, run.hidden_size, llama4)
    return graph.in_place(found, middle)
