"""What one token costs: bytes that generating it reads, operations that reading it takes.

Reading weights and cache once a token bounds the speed of generation for one sequence
(arXiv 2211.05102, section 2.1); 2 operations a parameter and token bound that of the prompt.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from generator.memory.architecture import Architecture
from generator.memory.estimate import Estimator
from generator.memory.layers import Attention, LatentAttention, MoE
from generator.memory.profile import Component, Place
from generator.memory.tensors import Role

EMBEDDING, ROTARY_TABLE = "token embedding", "rotary table of all positions"
"""How engines label tables that are only looked up, one row a token."""

KEPT = (Component.KV_CACHE, Component.RECURRENT_STATE)


class TokenReads(NamedTuple):
    """Bytes that one generated token reads, each once.

    weights_bytes : all matrices but those of routed experts, output head included, embedding table not.
    experts_bytes : the routed experts that a token chooses.
    cache_bytes : K, V and state at the context.
    """

    weights_bytes: int
    experts_bytes: int
    cache_bytes: int

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.experts_bytes + self.cache_bytes


@lru_cache(maxsize=256)
def token_reads(found: Estimator, context: int) -> TokenReads:
    """What generating the token after ``context`` tokens of one sequence reads from the device."""
    step = found.memory.context_step
    cached = (term for term in found.memory.held if term.component in KEPT and term.place is Place.DEVICE)
    return TokenReads(*_weights_read(found), sum(term.size(-(-context // step) * step) for term in cached))


@lru_cache(maxsize=128)
def _weights_read(found: Estimator) -> tuple[int, int]:
    """Weights without and of the chosen experts, whatever the context."""
    weights = experts = 0
    for term in found.memory.held:
        if term.component is not Component.WEIGHTS or term.place is not Place.DEVICE:
            continue
        if term.label == ROTARY_TABLE:
            continue
        if term.experts:
            experts += term.fixed_bytes
        elif term.label == EMBEDDING:
            weights += round(term.fixed_bytes * _head_share(found.architecture))
        else:
            weights += term.fixed_bytes
    return weights, round(experts * active_share(found.architecture))


@lru_cache(maxsize=2048)
def active_share(architecture: Architecture) -> float:
    """Part of the routed experts' weights that one token chooses, 0 for a dense model."""
    held = chosen = 0.0
    for layer, repeats in architecture.distinct_layers():
        if not isinstance(layer.mlp, MoE):
            continue
        for tensor in layer.tensors(architecture.hidden_size):
            if tensor.role is Role.EXPERT:
                held += tensor.elements * repeats
                routed = "_exps" in tensor.name
                chosen += tensor.elements * repeats * layer.mlp.num_experts_per_tok / layer.mlp.num_experts * routed
    return chosen / held if held else 0.0


def _head_share(architecture: Architecture) -> float:
    """Part of the embedding tables that serves as output head: all of a lone tied one, nothing of others."""
    if not architecture.tied_embeddings:
        return 0.0
    tables = sum(t.elements for t in architecture.outside_tensors() if t.role is Role.EMBEDDING)
    return architecture.hidden_size * architecture.vocab_size / tables


@lru_cache(maxsize=2048)
def prompt_operations(architecture: Architecture, tokens: int, depth: int = 0) -> float:
    """Floating-point operations a token of a prompt of ``tokens`` after ``depth`` tokens, on average.

    Two a parameter that multiplies it, and attention over the tokens before it; the output head
    works on the last token only.
    """
    head = architecture.hidden_size * architecture.vocab_size
    tables = sum(t.elements for t in architecture.outside_tensors() if t.role in (Role.EMBEDDING, Role.OUTPUT))
    matrices = architecture.parameters_active() - tables
    return 2 * (matrices + head / tokens) + _attention_operations(architecture, depth + tokens / 2)


def _attention_operations(architecture: Architecture, context: float) -> float:
    """Products of queries with keys and of scores with values over ``context`` tokens, windows cut off."""
    total = 0.0
    for layer, repeats in architecture.distinct_layers():
        for mixer in layer.mixers:
            if isinstance(mixer, Attention):
                seen = min(context, mixer.window.tokens) if mixer.window else context
                total += repeats * 2 * mixer.num_attention_heads * (mixer.head_dim + mixer.v_head_dim) * seen
            elif isinstance(mixer, LatentAttention):
                width = mixer.qk_nope_head_dim + mixer.qk_rope_head_dim + mixer.v_head_dim
                total += repeats * 2 * mixer.num_attention_heads * width * context
    return total
