"""Feed-forward networks and experts as operations, after llama.cpp's ``llama-graph.cpp``."""

from __future__ import annotations

from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.graph import Tensor
from generator.memory.layers import MLP, DenseMLP, MoE

HASH_TABLE = "ffn_gate_tid2eid.weight"
"""Which experts each token id goes to, where the router doesn't choose them."""


def mlp(run: Pass, source: Tensor, kind: MLP, gguf: str) -> Tensor:
    """The feed-forward part of a layer of the architecture ``gguf``."""
    if isinstance(kind, DenseMLP):
        return dense(run, source, kind.intermediate_size, kind.gated, kind.fused_gate, kind.activation)
    graph = run.graph
    if kind.latent_size:
        found = experts(run, graph.linear(kind.latent_size, source), kind, router_source=source)
        found = graph.linear(run.hidden_size, found)
    else:
        found = experts(run, source, kind, weights_first=gguf == "llama4")
    if kind.shared_intermediate_size:
        shared = dense(run, source, kind.shared_intermediate_size, kind.gated, activation=kind.activation)
        if kind.shared_gate:
            shared = graph.in_place(shared, graph.linear(1, source))
        found = graph.in_place(found, shared)
    return found


def mlp_beside(run: Pass, middle: Tensor, kind: MoE, beside: DenseMLP) -> Tensor:
    """Gemma 4: router, experts and an MLP each norm the same input for themselves."""
    graph = run.graph
    found = experts(run, graph.norm(middle), kind, router_source=graph.norm(middle))
    plain = dense(run, graph.norm(middle), beside.intermediate_size, beside.gated, activation=beside.activation)
    return graph.in_place(plain, found)


def dense(
    run: Pass, source: Tensor, width: int, gated: bool = True, fused: bool = False, activation: str = "silu"
) -> Tensor:
    """A feed-forward network of ``width``; ``fused``: gate and up are one matrix."""
    graph = run.graph
    if fused:
        inner = graph.op((width, *source.shape[1:]), graph.linear(2 * width, source))
    elif gated:
        inner = activated(run, graph.linear(width, source), graph.linear(width, source), activation)
    else:
        inner = graph.linear(width, source)
    return graph.linear(run.hidden_size, inner)


def activated(run: Pass, gate: Tensor, up: Tensor, activation: str) -> Tensor:
    """Gate and up joined: by one operation as a rule, by several that overwrite their sources in others."""
    graph = run.graph
    if activation == "situ":
        return graph.in_place(graph.in_place(graph.in_place(gate), graph.in_place(gate)), up)
    if activation == "silu_clamped":
        return graph.in_place(gate, up)
    return graph.op(gate.shape, gate, up)


def experts(
    run: Pass,
    source: Tensor,
    kind: MoE,
    weights_first: bool = False,
    router_source: Tensor | None = None,
) -> Tensor:
    """Routed experts, ``build_moe_ffn``.

    weights_first : the router's weights multiply what goes in, not what comes out (Llama 4).
    router_source : what the router reads, ``source`` unless given.
    """
    graph = run.graph
    tokens = source.shape[1]
    count, used, width = kind.num_experts, kind.num_experts_per_tok, kind.intermediate_size
    logits = graph.linear(count, router_source or source)
    probabilities = logits
    if kind.gating in ("softmax", "sigmoid", "sqrtsoftplus"):
        probabilities = graph.in_place(logits)
    selection = graph.in_place(probabilities) if kind.score_correction else probabilities
    if weights_first:
        selection = logits
    if kind.groups > 1:
        selection = _group_selection(run, selection, kind)
    if any(tensor.name == HASH_TABLE for tensor in kind.extra):
        chosen = graph.op((used, tokens), run.inputs["tokens"], element="i32")
    else:
        order = graph.op((count, tokens), selection, element="i32")
        chosen = graph.view(order, (used, tokens), order.strides)
    weights = graph.rows_of(graph.view(probabilities, (1, count, tokens)), chosen, (1, used, tokens))
    if kind.gating == "softmax_weight":
        weights = graph.view(weights, (used, tokens))
        weights = graph.view(graph.in_place(weights), (1, used, tokens))
    if kind.normalized:
        flat = graph.view(weights, (used, tokens))
        total = graph.in_place(graph.op((1, tokens), flat))
        weights = graph.view(graph.in_place(flat, total), (1, used, tokens))
    if kind.scaled:
        weights = graph.in_place(weights)
    graph.expand(weights)
    entering = graph.view(source, (source.shape[0], 1, tokens))
    if weights_first:
        entering = graph.in_place(graph.op((source.shape[0], used, tokens), entering), weights)
    shape = (width, used, tokens)
    if kind.fused_gate:
        both = graph.op((2 * width, used, tokens), entering, chosen)
        inner = graph.op(shape, graph.view(both, shape, both.strides), graph.view(both, shape, both.strides))
    elif kind.gated:
        up, gate = graph.op(shape, entering, chosen), graph.op(shape, entering, chosen)
        inner = activated(run, gate, up, kind.activation)
    else:
        inner = graph.op(shape, entering, chosen)
    found = graph.op((source.shape[0], used, tokens), inner, chosen)
    if not weights_first:
        found = graph.in_place(found, weights)
    graph.expand(found)
    row = found.strides
    each = [
        graph.expand(graph.view(found, (source.shape[0], tokens), (row[0], row[2], row[3], row[3])))
        for _ in range(used)
    ]
    total = each[0]
    for part in each[1:]:
        total = graph.expand(graph.in_place(total, part))
    return graph.contiguous(total) if used == 1 else total


def _group_selection(run: Pass, selection: Tensor, kind: MoE) -> Tensor:
    """Scores with all but the best expert groups masked."""
    graph, tokens = run.graph, selection.shape[1]
    size, groups = kind.num_experts // kind.groups, kind.groups
    grouped = graph.view(selection, (size, groups, tokens))
    order = graph.op((size, groups, tokens), grouped, element="i32")
    best = graph.view(order, (2, groups, tokens), order.strides)
    scores = graph.rows_of(graph.view(grouped, (1, size, groups, tokens)), best, (1, 2, groups, tokens))
    scores = graph.view(scores, (2, groups, tokens))
    scores = graph.view(graph.op((1, groups, tokens), scores), (groups, tokens))
    order = graph.op((groups, tokens), scores, element="i32")
    chosen = graph.view(order, (kind.groups_per_tok, tokens), order.strides)
    kept = graph.rows_of(grouped, chosen, (size, kind.groups_per_tok, tokens))
    masked = graph.overwrite(graph.in_place(grouped), kept, chosen)
    return graph.view(masked, (kind.num_experts, tokens))
