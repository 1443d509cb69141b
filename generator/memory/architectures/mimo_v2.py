"""MiMo-V2: windows of 128 tokens with attention sinks in most layers, keys wider than values."""

from __future__ import annotations

from dataclasses import replace

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count
from generator.memory.architectures.drafts import draft_block
from generator.memory.architectures.sparse_mla import deepseek_experts
from generator.memory.config import Config
from generator.memory.layers import Attention, Window

DRAFT_BLOCKS = 3
"""MTP blocks of every checkpoint, which no config field tells; llama.cpp's converter counts on them."""


@reads("mimo_v2_flash")
def read_mimo_v2(config: Config) -> Architecture:
    """``hybrid_layer_pattern`` marks the windowed layers, ``moe_layer_freq`` those with experts."""
    count = layer_count(config)
    windowed = config.integers("hybrid_layer_pattern", count)
    sparse = config.integers("moe_layer_freq", count)
    for name, flags in (("hybrid_layer_pattern", windowed), ("moe_layer_freq", sparse)):
        if flags is None or not set(flags) <= {0, 1}:
            raise config.refuse(name, f"required: a list of {count} items, 0 or 1")
    full, sliding = _attentions(config)
    shared = config.integer("n_shared_experts", default=0, minimum=0)
    mlps = (dense(config), deepseek_experts(config, shared_experts=shared))
    layers = tuple(
        Layer((sliding if is_windowed else full,), mlps[is_sparse])
        for is_windowed, is_sparse in zip(windowed or (), sparse or (), strict=True)
    )
    block = Layer((sliding,), mlps[0])
    draft = draft_block(config, block, head_norm="layer_output_norm")
    scaled = config.number("attention_value_scale", 1.0) != 1.0
    traits = frozenset({"scaled_attention"} if scaled else ())
    return architecture(config, "mimo2", layers, mtp_layers=(draft,) * DRAFT_BLOCKS, traits=traits)


def _attentions(config: Config) -> tuple[Attention, Attention]:
    """The attention of full and of windowed layers, which differ in their number of KV heads."""
    if config.flag("attention_bias", False):
        raise config.refuse("attention_bias", "must be false")
    config.require("head_dim", "num_key_value_heads", "add_swa_attention_sink_bias")
    full = attention(
        config,
        v_head_dim=config.integer("v_head_dim"),
        sinks=config.flag("add_full_attention_sink_bias", False),
    )
    for name, same in (
        ("swa_num_attention_heads", full.num_attention_heads),
        ("swa_head_dim", full.head_dim),
        ("swa_v_head_dim", full.v_head_dim),
    ):
        if config.integer(name, default=same) != same:
            raise config.refuse(name, f"must be {same}, as in the full layers")
    heads = config.integer("swa_num_key_value_heads")
    if full.num_attention_heads % heads:
        raise config.refuse("swa_num_key_value_heads", f"must divide num_attention_heads = {full.num_attention_heads}")
    sliding = replace(
        full,
        num_key_value_heads=heads,
        window=Window(config.integer("sliding_window")),
        sinks=config.flag("add_swa_attention_sink_bias", False),
    )
    return full, sliding
