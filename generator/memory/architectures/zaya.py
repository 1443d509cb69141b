"""Zaya: convolved queries and keys, values half of which come one token late, experts behind a small router network."""

from __future__ import annotations

from dataclasses import replace

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, layer_count, moe
from generator.memory.config import Config
from generator.memory.layers import QueryKeyConvolution, Window
from generator.memory.tensors import Tensor, bias, buffer, linear, norm, state

LAYER_KINDS = {"hybrid": False, "hybrid_sliding": True}


@reads("zaya")
def read_zaya(config: Config) -> Architecture:
    """Names of tensors are ours: llama.cpp doesn't read this model."""
    count, hidden_size = layer_count(config), config.integer("hidden_size")
    kinds = config.layer_types(count, LAYER_KINDS) or ("hybrid",) * count
    if config.flag("attention_bias", False) or config.flag("lm_head_bias", False):
        raise config.refuse("attention_bias", "must be false, as lm_head_bias: no such biases are known for zaya")
    full = attention(config)
    windowed = attention(config, window=Window(config.integer("sliding_window"))) if "hybrid_sliding" in kinds else full
    convolved = QueryKeyConvolution(
        channels=full.query_width + full.key_width,
        group=full.head_dim,
        kernels=(config.integer("cca_time0"), config.integer("cca_time1")),
        delayed_width=full.value_width // 2,
    )
    sparse = moe(config, "num_experts")
    width = config.integer("router_hidden_size")
    layers = tuple(
        Layer(
            (convolved, windowed if LAYER_KINDS[kind] else full),
            replace(sparse, routing=_routing(hidden_size, width, sparse.num_experts, index > 0)),
            extra=(state("attn_k_scale", full.num_key_value_heads), *_residual_scales(hidden_size)),
        )
        for index, kind in enumerate(kinds)
    )
    inputs = tuple(state(f"input_{name}", hidden_size) for name in ("scale", "bias"))
    return architecture(config, "", layers, extra=inputs)


def _routing(hidden_size: int, width: int, experts: int, mixes_depth: bool) -> tuple[Tensor, ...]:
    """A network of ``width`` whose last class beyond the experts is to skip them.

    mixes_depth : it adds the previous layer's router state.
    """
    return (
        linear("router_down", hidden_size, width),
        bias("router_down", width),
        norm("router_norm", width),
        linear("router_fc1", width, width),
        bias("router_fc1", width),
        linear("router_fc2", width, width),
        bias("router_fc2", width),
        linear("router_out", width, experts + 1),
        buffer("router_balance", experts + 1),
        *((state("router_states_scale", width),) if mixes_depth else ()),
    )


def _residual_scales(hidden_size: int) -> tuple[Tensor, ...]:
    """Scale and bias of a part's result and of the residual stream, after attention and after the experts."""
    return tuple(
        state(f"{part}_{stream}_{kind}", hidden_size)
        for part in ("attn", "ffn")
        for stream in ("hidden", "residual")
        for kind in ("scale", "bias")
    )
