"""Phi-3 and Phi-4 with fused projections, and Phi-3.5-MoE."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import (
    architecture,
    attention,
    dense,
    ignored_window,
    layer_count,
    long_rotary_factors,
    moe,
    norm_biases,
)
from generator.memory.config import Config
from generator.memory.tensors import bias


@reads("phi3")
def read_phi3(config: Config) -> Architecture:
    """Every layer sees ``sliding_window`` tokens where that is set; llama.cpp doesn't look at it."""
    window, traits = ignored_window(config)
    if config.flag("attention_bias", False) or config.flag("mlp_bias", False) or config.flag("lm_head_bias", False):
        raise config.refuse("attention_bias", "biases (attention_bias, mlp_bias, lm_head_bias) aren't known for phi3")
    layer = Layer((attention(config, window=window, fused_qkv=True),), dense(config, fused_gate=True))
    return architecture(
        config,
        "phi3",
        (layer,) * layer_count(config),
        extra=long_rotary_factors(config),
        traits=traits | {"scaled_queries"},
    )


@reads("phimoe")
def read_phimoe(config: Config) -> Architecture:
    window, traits = ignored_window(config)
    hidden_size = config.integer("hidden_size")
    experts = moe(
        config,
        "num_local_experts",
        width_name="intermediate_size",
    )
    biases = config.flag("attention_bias", False)
    mixer = attention(config, window=window, qkv_bias=biases, output_bias=biases)
    layer = Layer((mixer,), experts, extra=norm_biases(hidden_size, "attn_norm", "ffn_norm"))
    extra = [*norm_biases(hidden_size, "output_norm"), *long_rotary_factors(config)]
    if config.flag("lm_head_bias", False):
        extra.append(bias("output", config.integer("vocab_size")))
    return architecture(
        config, "phimoe", (layer,) * layer_count(config), extra=tuple(extra), traits=traits | {"scaled_queries"}
    )
