"""Layers with a recurrent state as operations: delta nets, Mamba and short convolutions."""

from __future__ import annotations

from generator.memory.engines.llama_cpp.compute.batch import Pass
from generator.memory.engines.llama_cpp.compute.graph import Tensor
from generator.memory.engines.llama_cpp.compute.stores import FLOAT
from generator.memory.layers import GatedDeltaNet, KimiDeltaAttention, Mamba1, Mamba2, ShortConvolution


def _state(run: Pass, elements: int) -> Tensor:
    """The state of every sequence, copied out of its cache."""
    kept = run.graph.expand(run.graph.op((elements, run.batch.sequences), run.state_rows()))
    _move_idle_states(run, elements)
    return kept


def _move_idle_states(run: Pass, elements: int) -> None:
    run.graph.store(run.graph.op((elements, 0), run.idle_state_rows()))


def _sequences(run: Pass, tensor: Tensor) -> Tensor:
    """(width, tokens) seen as (width, tokens of a sequence, sequences)."""
    return run.graph.view(tensor, (tensor.shape[0], run.batch.sequence_tokens, run.batch.sequences))


def _columns(run: Pass, tensor: Tensor, width: int) -> Tensor:
    """``width`` of the columns of a (columns, tokens, sequences) tensor."""
    return run.graph.view(tensor, (width, *tensor.shape[1:]), tensor.strides)


def _heads(run: Pass, tensor: Tensor, width: int, heads: int) -> Tensor:
    """Some columns of a (columns, tokens, sequences) tensor seen as (width, heads, tokens, sequences)."""
    step = tensor.strides
    shape = (width, heads, run.batch.sequence_tokens, run.batch.sequences)
    return run.graph.view(tensor, shape, (FLOAT, FLOAT * width, step[1], step[2]))


def _convolution_input(run: Pass, state: Tensor, source: Tensor, kernel: int) -> Tensor:
    """The last inputs kept and the new ones, tokens in the row; the last of them are kept again."""
    graph, batch = run.graph, run.batch
    channels = source.shape[0]
    rows = (kernel - 1, channels, batch.sequences)
    state = graph.view(state, rows)
    joined = graph.op(
        (kernel - 1 + batch.sequence_tokens, channels, batch.sequences), state, graph.permute(source, 1, 0, 2, 3)
    )
    graph.store(graph.view(joined, (kernel - 1, channels, batch.sequences), joined.strides))
    return joined


def _convolved(run: Pass, joined: Tensor) -> Tensor:
    return run.graph.in_place(run.graph.op((joined.shape[1], run.batch.sequence_tokens, run.batch.sequences), joined))


def gated_delta_net(run: Pass, source: Tensor, mixer: GatedDeltaNet, repeated_keys: bool) -> Tensor:
    """Qwen3-Next and Qwen3.5.

    repeated_keys : keys and queries are copied out to one a value head.
    """
    graph, batch = run.graph, run.batch
    values, heads, dim = mixer.value_width, mixer.num_value_heads, mixer.value_head_dim
    mixed = _sequences(run, graph.linear(mixer.conv_channels, source))
    gate = graph.linear(values, source)
    per_token = (1, heads, batch.sequence_tokens, batch.sequences)
    if mixer.fused_beta_alpha:
        both = graph.linear(2 * heads, source)
        groups = mixer.num_key_heads
        shape = (2 * heads // groups, groups, batch.sequence_tokens, batch.sequences)
        both = graph.view(both, shape)
        shape = (heads // groups, *shape[1:])
        beta = graph.view(graph.in_place(graph.contiguous(graph.view(both, shape, both.strides))), per_token)
        decay = graph.contiguous(graph.view(both, shape, both.strides), heads, batch.sequence_tokens, batch.sequences)
    else:
        beta = graph.in_place(graph.view(graph.linear(heads, source), per_token))
        decay = graph.in_place(_sequences(run, graph.linear(heads, source)))
    decay = graph.view(decay, per_token)
    conv_elements, state_elements = mixer.state_elements
    joined = _convolution_input(run, _state(run, conv_elements), mixed, mixer.conv_kernel)
    state = graph.view(_state(run, state_elements), (dim, dim, heads, batch.sequences))
    mixed = _convolved(run, joined)
    queries = graph.in_place(_heads(run, mixed, mixer.key_head_dim, mixer.num_key_heads))
    keys = graph.in_place(_heads(run, mixed, mixer.key_head_dim, mixer.num_key_heads))
    found = _heads(run, mixed, dim, heads)
    if repeated_keys and heads != mixer.num_key_heads:
        queries, keys = (_repeated(run, tensor, heads) for tensor in (queries, keys))
    return _delta_output(run, (queries, keys, found, decay, beta, state), gate)


def _repeated(run: Pass, tensor: Tensor, heads: int) -> Tensor:
    graph = run.graph
    width, groups, tokens, sequences = tensor.shape
    flat = graph.view(tensor, (width, 1, groups, tokens * sequences))
    repeated = graph.op((width, heads // groups, groups, tokens * sequences), flat)
    return graph.view(repeated, (width, heads, tokens, sequences))


def _delta_output(run: Pass, sources: tuple[Tensor, ...], gate: Tensor) -> Tensor:
    """The fused delta rule, the state's way back and the gated norm."""
    graph, batch = run.graph, run.batch
    dim, heads, tokens, sequences = sources[2].shape
    result = graph.op((dim * heads, (tokens + dim) * sequences), *sources)
    graph.store(graph.view(result, (dim, dim, heads, sequences)))
    found = graph.view(result, (dim, heads, tokens, sequences))
    gate = graph.view(gate, (dim, heads, tokens, sequences))
    found = graph.in_place(graph.in_place(found), graph.in_place(gate))
    found = graph.linear(run.hidden_size, graph.view(found, (dim * heads, tokens, sequences)))
    return graph.view(found, (run.hidden_size, batch.tokens))


def kimi_delta_attention(run: Pass, source: Tensor, mixer: KimiDeltaAttention) -> Tensor:
    """Kimi Linear and Kimi K3: separate convolutions for queries, keys and values, a decay a channel."""
    graph, batch = run.graph, run.batch
    dim, heads, width = mixer.head_dim, mixer.num_heads, mixer.width
    conv_elements, state_elements = mixer.state_elements
    kept = _state(run, conv_elements)
    shape = (dim, heads, batch.sequence_tokens, batch.sequences)
    parts = []
    for _ in range(3):
        projected = _sequences(run, graph.linear(width, source))
        joined = _convolution_input(run, kept, projected, mixer.conv_kernel)
        convolved = graph.op((width, batch.sequence_tokens, batch.sequences), joined)
        parts.append(graph.view(graph.in_place(graph.view(convolved, (width, batch.tokens))), shape))
    decay = graph.view(
        graph.linear(width, graph.linear(dim, source) if mixer.low_rank_decay else source), (dim, heads, batch.tokens)
    )
    decay = graph.view(graph.in_place(decay), shape)
    beta = graph.in_place(graph.view(graph.linear(heads, source), (1, *shape[1:])))
    state = graph.view(_state(run, state_elements), (dim, dim, heads, batch.sequences))
    queries, keys, values = graph.in_place(parts[0]), graph.in_place(parts[1]), parts[2]
    rows = (batch.sequence_tokens + dim) * batch.sequences
    result = graph.op((width, rows), queries, keys, values, decay, beta, state)
    graph.store(graph.view(result, (state_elements, batch.sequences)))
    flat = (dim, heads, batch.tokens)
    found = graph.view(graph.contiguous(graph.view(result, shape)), flat)
    gate = graph.linear(width, graph.linear(dim, source) if mixer.low_rank_gate else source)
    found = graph.in_place(graph.in_place(found), graph.in_place(graph.view(gate, flat)))
    return graph.linear(run.hidden_size, graph.contiguous(found, width, batch.tokens))


def mamba1(run: Pass, source: Tensor, mixer: Mamba1) -> Tensor:
    """Mamba, with norms on step, B and C in Jamba."""
    graph = run.graph
    inner, states, rank = mixer.inner_size, mixer.state_size, mixer.time_step_rank
    conv_elements, state_elements = mixer.state_elements
    kept = _state(run, conv_elements)
    both = graph.linear(2 * inner, _sequences(run, source))
    gate = _columns(run, both, inner)
    mixed = _convolved(run, _convolution_input(run, kept, _columns(run, both, inner), mixer.conv_kernel))
    parts = graph.linear(rank + 2 * states, mixed)
    step = _columns(run, parts, rank)
    keys, queries = (_heads(run, parts, states, 1) for _ in range(2))
    if mixer.inner_norms:
        step, keys, queries = (graph.in_place(part) for part in (step, keys, queries))
    else:
        step = graph.contiguous(step)
    step = graph.linear(inner, step)
    return _scan(run, mixed, (1, inner), (step, keys, queries), gate, state_elements)


def mamba2(run: Pass, source: Tensor, mixer: Mamba2) -> Tensor:
    """Mamba-2."""
    graph = run.graph
    inner, states, heads, groups = mixer.inner_size, mixer.state_size, mixer.num_heads, mixer.num_groups
    conv_elements, state_elements = mixer.state_elements
    kept = _state(run, conv_elements)
    fused = _sequences(run, graph.linear(inner + mixer.conv_channels + heads, source))
    gate = _heads(run, fused, inner // heads, heads)
    mixed = _columns(run, fused, mixer.conv_channels)
    step = graph.contiguous(_columns(run, fused, heads))
    mixed = _convolved(run, _convolution_input(run, kept, mixed, mixer.conv_kernel))
    keys, queries = (_heads(run, mixed, states, groups) for _ in range(2))
    normed = (inner // groups, groups) if mixer.gated_norm else None
    shape = (inner // heads, heads)
    return _scan(run, mixed, shape, (step, keys, queries), gate, state_elements, normed)


def _scan(
    run: Pass,
    mixed: Tensor,
    shape: tuple[int, int],
    parts: tuple[Tensor, Tensor, Tensor],
    gate: Tensor,
    state_elements: int,
    normed: tuple[int, int] | None = None,
) -> Tensor:
    """The selective scan of (head width, heads) channels, its state's way back, skip, gate and output."""
    graph, batch = run.graph, run.batch
    width, heads = shape
    tokens, sequences = batch.sequence_tokens, batch.sequences
    inner = width * heads
    values = _heads(run, mixed, width, heads)
    rows = run.state_rows()
    result = graph.op((inner * batch.tokens + state_elements * sequences,), values, *parts, rows)
    graph.expand(result)
    _move_idle_states(run, state_elements)
    graph.store(graph.view(result, (state_elements, sequences)))
    found = graph.view(result, gate.shape)
    skip = graph.in_place(mixed if width == 1 else values)
    found = graph.in_place(found, skip)
    found = graph.op(gate.shape, graph.contiguous(gate), found)
    if normed:
        found = graph.in_place(graph.view(found, (*normed, tokens, sequences)))
    if width == 1:
        found = graph.linear(run.hidden_size, graph.view(found, (inner, tokens, sequences)))
        return graph.view(found, (run.hidden_size, batch.tokens))
    return graph.linear(run.hidden_size, graph.view(found, (inner, batch.tokens)))


def short_convolution(run: Pass, source: Tensor, mixer: ShortConvolution) -> Tensor:
    """LFM2's gated short convolution."""
    graph = run.graph
    parts = graph.linear(3 * mixer.width, _sequences(run, source))
    before, after, mixed = (_columns(run, parts, mixer.width) for _ in range(3))
    entering = graph.in_place(before, mixed)
    kept = _state(run, mixer.state_elements[0])
    joined = _convolution_input(run, kept, entering, mixer.kernel)
    convolved = graph.op((mixer.width, run.batch.sequence_tokens, run.batch.sequences), joined)
    found = graph.linear(run.hidden_size, graph.in_place(after, convolved))
    return graph.view(found, (run.hidden_size, run.batch.tokens))
