"""Granite 3 and 4 without state space layers: Llama's block, dense or of experts, with scaled sums."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count, moe
from generator.memory.config import Config

TRAITS = frozenset({"scaled_embeddings", "scaled_residual", "scaled_logits"})


@reads("granite")
def read_granite(config: Config) -> Architecture:
    biases = config.flag("attention_bias", False)
    mixer = attention(config, qkv_bias=biases, output_bias=biases)
    layer = Layer((mixer,), dense(config, bias=config.flag("mlp_bias", False)))
    return architecture(config, "granite", (layer,) * layer_count(config), traits=TRAITS)


@reads("granitemoe")
def read_granitemoe(config: Config) -> Architecture:
    biases = config.flag("attention_bias", False)
    experts = moe(
        config,
        "num_local_experts",
        width_name="intermediate_size",
    )
    layer = Layer((attention(config, qkv_bias=biases, output_bias=biases),), experts)
    return architecture(config, "granitemoe", (layer,) * layer_count(config), traits=TRAITS)
