"""gpt-oss: every second layer windowed, attention sinks, experts with biases."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, layer_count, moe, windows
from generator.memory.config import Config


@reads("gpt_oss")
def read_gpt_oss(config: Config) -> Architecture:
    experts = moe(
        config,
        "num_local_experts",
        width_name="intermediate_size",
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
