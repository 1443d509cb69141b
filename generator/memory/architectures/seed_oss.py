"""Seed-OSS: full attention with biases on queries, keys and values."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count
from generator.memory.config import Config


@reads("seed_oss")
def read_seed_oss(config: Config) -> Architecture:
    config.require("head_dim", "num_key_value_heads")
    mixer = attention(
        config,
        qkv_bias=config.flag("attention_bias", True),
        output_bias=config.flag("attention_out_bias", False),
    )
    mlp = dense(config, bias=config.flag("mlp_bias", False))
    layer = Layer((mixer,), mlp, ("attn_norm", "post_attention_norm"))
    return architecture(config, "seed_oss", (layer,) * layer_count(config))
