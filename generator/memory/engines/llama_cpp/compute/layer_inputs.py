"""Gemma 4's embeddings of every token for every layer."""

from __future__ import annotations

from generator.memory.architecture import Architecture
from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.graph import Tensor
from generator.memory.tensors import Tensor as Weight


def input_table(architecture: Architecture) -> Weight | None:
    """The table of those embeddings, None without."""
    return next((tensor for tensor in architecture.extra if tensor.name == "per_layer_token_embd.weight"), None)


def layer_inputs(run: Pass, architecture: Architecture, hidden: Tensor) -> Tensor | None:
    """(width, tokens, layers) of what each layer reads besides the residual, None without."""
    table = input_table(architecture)
    if table is None:
        return None
    graph, tokens, layers = run.graph, run.batch.tokens, len(architecture.layers)
    width = table.row_length // layers
    rows = graph.op((table.row_length, tokens), graph.input(tokens, element="i32"))
    rows.on_host = True
    looked_up = graph.expand(graph.in_place(graph.view(rows, (width, layers, tokens))))
    projected = graph.view(graph.linear(table.row_length, hidden), (width, layers, tokens))
    joined = graph.in_place(graph.norm(projected), looked_up)
    return graph.contiguous(graph.permute(joined, 0, 2, 1, 3))


def add_layer_input(run: Pass, hidden: Tensor, inputs: Tensor) -> Tensor:
    """The residual after one layer's own input was let in."""
    graph = run.graph
    narrow = graph.linear(inputs.shape[0], hidden)
    narrow = graph.in_place(narrow, graph.view(inputs, inputs.shape[:2]))
    return graph.in_place(hidden, graph.linear(run.hidden_size, narrow))
