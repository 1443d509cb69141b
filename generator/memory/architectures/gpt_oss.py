"""gpt-oss: every second layer windowed, attention sinks, experts with biases."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, layer_count, windows
from generator.memory.config import Config
from generator.memory.layers import MoE


@reads("gpt_oss")
def read_gpt_oss(config: Config) -> Architecture:
    experts = MoE(
        num_experts=config.integer("num_local_experts"),
        num_experts_per_tok=config.integer("num_experts_per_tok"),
        intermediate_size=config.integer("intermediate_size"),
        expert_bias=True,
        router_bias=True,
        gating="softmax_weight",
        activation="swiglu_oai",
    )
    biases = config.flag("attention_bias", True)
    layers = tuple(
        Layer(
            (attention(config, window=span, qkv_bias=biases, output_bias=biases, sinks=True),),
            experts,
            norms=("attn_norm", "post_attention_norm"),
        )
        for span in windows(config, layer_count(config), pattern=2)
    )
    return architecture(config, "gpt-oss", layers)
