"""Llama, Mistral and Mixtral: full attention, gated MLP or experts; Llama 4's chunked attention."""

from __future__ import annotations

from generator.memory.architecture import Architecture, Layer, reads
from generator.memory.architectures.common import architecture, attention, dense, layer_count, rotary_factors
from generator.memory.config import Config
from generator.memory.layers import MoE, Window


@reads("llama", "mistral")
def read_llama(config: Config) -> Architecture:
    window = config.integer("sliding_window", default=0)
    biases = config.flag("attention_bias", False)
    mixer = attention(config, qkv_bias=biases, output_bias=biases)
    if window and config.text("model_type") == "llama":
        raise config.refuse("sliding_window", "not known for model_type llama")
    mlp = dense(config, bias=config.flag("mlp_bias", False))
    layer = Layer((mixer,), mlp)
    return architecture(
        config, "llama", (layer,) * layer_count(config), extra=rotary_factors(config, mixer.head_dim)
    )


@reads("mixtral")
def read_mixtral(config: Config) -> Architecture:
    experts = MoE(
        num_experts=config.integer("num_local_experts"),
        num_experts_per_tok=config.integer("num_experts_per_tok"),
        intermediate_size=config.integer("intermediate_size"),
    )
    layer = Layer((attention(config),), experts)
    return architecture(config, "llama", (layer,) * layer_count(config))


@reads("llama4_text")
def read_llama4(config: Config) -> Architecture:
    """Every fourth layer attends to everything without rotation, the others within a chunk (iRoPE)."""
    count = layer_count(config)
    rotated = config.sequence("no_rope_layers", count)
    if not rotated:
        step = config.integer("no_rope_layer_interval", default=4)
        rotated = [int((index + 1) % step != 0) for index in range(count)]
    chunk = Window(config.integer("attention_chunk_size"), "chunked")
    step = config.integer("interleave_moe_layer_step", default=1)
    experts = MoE(
        num_experts=config.integer("num_local_experts"),
        num_experts_per_tok=config.integer("num_experts_per_tok", default=1),
        intermediate_size=config.integer("intermediate_size"),
        shared_intermediate_size=config.integer("intermediate_size"),
        gating="sigmoid",
        normalized=False,
    )
    mlp = dense(config)
    if step > 1:
        mlp = type(mlp)(config.integer("intermediate_size_mlp"))
    layers = tuple(
        Layer(
            (attention(config, window=chunk if rotated[index] else None),),
            experts if (index + 1) % step == 0 else mlp,
        )
        for index in range(count)
    )
    head_dim = layers[0].mixers[0].head_dim
    return architecture(config, "llama4", layers, extra=rotary_factors(config, head_dim))
