"""Llama-Nemotron: a pruned Llama whose blocks differ in KV heads and MLP width or lack either part."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, layer_count, rotary_factors
from generator.memory.config import Config
from generator.memory.layers import Attention, DenseMLP

WIDTH_STEP = 256
"""MLP widths are rounded up to a multiple of this."""

UNKNOWN_SWITCHES = ("replace_with_linear", "sparsify", "window_length", "num_sink_tokens")


@reads("nemotron-nas")
def read_nemotron_nas(config: Config) -> Architecture:
    count = layer_count(config)
    hidden_size, heads = config.integer("hidden_size"), config.integer("num_attention_heads")
    if hidden_size % heads:
        raise config.refuse("num_attention_heads", f"must divide hidden_size = {hidden_size}")
    if config.flag("attention_bias", False) or config.flag("mlp_bias", False):
        raise config.refuse("attention_bias", "must be false, as mlp_bias: no biases are known for nemotron-nas")
    blocks = config.sequence("block_configs", count)
    if not blocks:
        raise config.refuse("block_configs", "required: one object a layer")
    head_dim = hidden_size // heads
    layers = tuple(
        _layer(Config(block, f"block_configs[{index}]."), hidden_size, heads, head_dim)
        for index, block in enumerate(blocks)
    )
    return architecture(config, "deci", layers, extra=rotary_factors(config, head_dim))


def _layer(block: Config, hidden_size: int, heads: int, head_dim: int) -> Layer:
    attention, feed_forward = block.nested("attention"), block.nested("ffn")
    if attention is None or feed_forward is None:
        raise block.refuse("attention", "required, as ffn: an object")
    for part in (attention, feed_forward):
        for name in UNKNOWN_SWITCHES:
            if part.raw(name):
                raise part.refuse(name, "must be null or false: not known")
    mixers: tuple[Attention, ...] = ()
    norms: list[str] = []
    if not attention.flag("no_op", False):
        group = attention.integer("n_heads_in_group")
        if heads % group:
            raise attention.refuse("n_heads_in_group", f"must divide num_attention_heads = {heads}")
        mixers = (Attention(heads, heads // group, head_dim, head_dim),)
        norms.append("attn_norm")
    mlp = None
    if not feed_forward.flag("no_op", False):
        if not feed_forward.has("ffn_mult"):
            raise feed_forward.refuse("ffn_mult", "required: a number")
        width = int(2 * feed_forward.number("ffn_mult", 0) * hidden_size / 3)
        if width < 1:
            raise feed_forward.refuse("ffn_mult", "must be positive")
        mlp = DenseMLP(-(-width // WIDTH_STEP) * WIDTH_STEP)
        norms.append("ffn_norm")
    return Layer(mixers, mlp, tuple(norms))
